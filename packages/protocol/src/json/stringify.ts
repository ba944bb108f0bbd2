import { RawJson } from './raw-json.ts'

/** Writes a wire value as JSON text and splices every `RawJson` in unchanged. Members that are undefined are left out. */
export function stringify(value: unknown): string {
  if (value instanceof RawJson) return value.text
  if (Array.isArray(value)) return `[${value.map(stringify).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)

  let members = ''
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name]
    if (member === undefined) continue
    members += `${members === '' ? '' : ','}${JSON.stringify(name)}:${stringify(member)}`
  }
  return `{${members}}`
}
