import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

// Every schema needs examples, and they have to say the truth: spec/draft/examples/NAME/*.json satisfy the schema
// NAME, and spec/draft/examples/NAME/invalid/*.json break it. The schemas are read as published.

const draft = join(import.meta.dirname, '../../spec/draft')
const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true })
addFormats.default(ajv)

const names = readdirSync(join(draft, 'schemas')).map((file) => file.replace('.json', ''))
for (const name of names) ajv.addSchema(read('schemas', `${name}.json`) as object)

const errors: string[] = []
let count = 0
for (const name of names) {
  const validate = ajv.getSchema(`${name}.json`)!
  const folder = join('examples', name)
  const [good, bad] = [examplesIn(folder), examplesIn(join(folder, 'invalid'))]
  if (good.length === 0 || bad.length === 0)
    errors.push(`${folder}: a schema needs at least one good and one invalid example.`)

  for (const file of good)
    if (!validate(read(file))) errors.push(`${file} breaks its schema: ${ajv.errorsText(validate.errors)}`)
  for (const file of bad)
    if (validate(read(file))) errors.push(`${file} satisfies the schema that it should break.`)
  count += good.length + bad.length
}
if (existsSync(join(draft, 'examples')))
  for (const folder of readdirSync(join(draft, 'examples')))
    if (!names.includes(folder)) errors.push(`examples/${folder}: there is no schema of this name.`)

for (const error of errors) process.stderr.write(`${error}\n`)
if (errors.length > 0) process.exit(1)
process.stdout.write(`${count} examples of ${names.length} schemas hold.\n`)

function examplesIn(folder: string): string[] {
  if (!existsSync(join(draft, folder))) return []
  return readdirSync(join(draft, folder))
    .filter((file) => file.endsWith('.json'))
    .map((file) => join(folder, file))
}

function read(...path: string[]): unknown {
  return JSON.parse(readFileSync(join(draft, ...path), 'utf8'))
}
