// JSON that is rewritten without being understood: numbers, strings and the members of opaque values stay the very text that came.

/** A value with its text, as far as it was taken apart. */
export type Node =
  | { readonly kind: 'object'; readonly members: readonly Member[] }
  | { readonly kind: 'array'; readonly items: readonly Node[] }
  | { readonly kind: 'text'; readonly text: string }

export interface Member {
  /** As it stands between the quotes. */
  readonly name: string
  readonly value: Node
}

/** Members that hold what the server keeps for others and never acts on. */
const OPAQUE = new Set([
  'kwargs',
  'state',
  'metadata',
  'kwargs_schema',
  'response_schema',
  'edited_kwargs',
  'response_data',
])

/** Takes JSON apart down to scalars and opaque values. */
export function parseNode(text: string): Node {
  let at = 0

  const space = () => {
    while (/\s/.test(text[at] ?? '')) at += 1
  }
  const string = () => {
    const began = at
    for (at += 1; text[at] !== '"'; at += text[at] === '\\' ? 2 : 1);
    at += 1
    return text.slice(began, at)
  }
  const value = (opaque: boolean): Node => {
    space()
    const began = at
    const node = text[at] === '{' ? object(opaque) : text[at] === '[' ? array(opaque) : scalar()
    return opaque ? { kind: 'text', text: text.slice(began, at) } : node
  }
  const scalar = (): Node => {
    const began = at
    if (text[at] === '"') string()
    else while (/[^\s,\]}]/.test(text[at] ?? ',')) at += 1
    return { kind: 'text', text: text.slice(began, at) }
  }
  const object = (opaque: boolean): Node => {
    const members: Member[] = []
    at += 1
    for (space(); text[at] !== '}'; space()) {
      const name = string().slice(1, -1)
      space()
      at += 1
      members.push({ name, value: value(opaque || OPAQUE.has(name)) })
      space()
      if (text[at] === ',') at += 1
    }
    at += 1
    return { kind: 'object', members }
  }
  const array = (opaque: boolean): Node => {
    const items: Node[] = []
    at += 1
    for (space(); text[at] !== ']'; space()) {
      items.push(value(opaque))
      space()
      if (text[at] === ',') at += 1
    }
    at += 1
    return { kind: 'array', items }
  }
  return value(false)
}

export function writeNode(node: Node, separator = ''): string {
  if (node.kind === 'text') return node.text
  if (node.kind === 'array')
    return `[${separator}${node.items.map((item) => writeNode(item, separator)).join(`,${separator}`)}${separator}]`
  const members = node.members.map(
    ({ name, value }) => `"${name}"${separator}:${separator}${writeNode(value, separator)}`,
  )
  return `{${separator}${members.join(`,${separator}`)}${separator}}`
}

/** Every object and scalar that is not opaque, from the leaves up, with the names of the members that lead to it. */
export function mapNode(
  node: Node,
  change: (node: Node, path: readonly string[]) => Node,
  path: readonly string[] = [],
): Node {
  if (node.kind === 'array')
    return change({ kind: 'array', items: node.items.map((item) => mapNode(item, change, path)) }, path)
  if (node.kind === 'object')
    return change(
      {
        kind: 'object',
        members: node.members.map(({ name, value }) => ({
          name,
          value: OPAQUE.has(name) ? value : mapNode(value, change, [...path, name]),
        })),
      },
      path,
    )
  return change(node, path)
}

export function textNode(value: unknown): Node {
  return { kind: 'text', text: JSON.stringify(value) }
}
