import { printDense } from "./json.ts"

type Json = { readonly [key: string]: Json }
type Part = Record<string, Record<string, Json>>

const moduleOf = (item: Json): string => Object.values(item)[0]!["tags"]![0] as unknown as string

const referencesOf = (value: unknown): ReadonlyArray<readonly [kind: string, name: string]> =>
  [...JSON.stringify(value).matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)].map(([, kind, name]) => [kind!, name!])

/** What stands in the components that something refers to, directly or through others. */
const reachedFrom = (value: unknown, components: Json): ReadonlySet<string> => {
  const reached = new Set<string>()
  const visit = (part: unknown) => {
    for (const [kind, name] of referencesOf(part)) {
      const key = `${kind}/${name}`
      if (reached.has(key)) continue
      reached.add(key)
      visit(components[kind]?.[name] ?? {})
    }
  }
  visit(value)
  return reached
}

const pick = (components: Json, keep: (key: string) => boolean): Part =>
  Object.fromEntries(
    Object.entries(components).flatMap(([kind, named]) => {
      const kept = Object.entries(named).filter(([name]) => keep(`${kind}/${name}`))
      return kept.length === 0 ? [] : [[kind, Object.fromEntries(kept)]]
    })
  )

/** The document in parts: one for each module with the components that only it needs, and `shared` with the rest. */
const inParts = (document: object): Readonly<Record<string, object>> => {
  const { paths = {}, components = {}, ...rest } = document as Json
  const byModule = Map.groupBy(Object.entries(paths), ([, item]) => moduleOf(item))
  const reached = new Map([...byModule].map(([name, items]) => [name, reachedFrom(items, components)]))
  const usersOf = (key: string) => [...reached].filter(([, keys]) => keys.has(key)).map(([name]) => name)
  const parts = [...byModule].map(([name, items]) => [
    name,
    {
      paths: Object.fromEntries(items),
      components: pick(components, (key) => usersOf(key).join() === name)
    }
  ])
  return {
    shared: { ...rest, components: pick(components, (key) => usersOf(key).length !== 1) },
    ...Object.fromEntries(parts)
  }
}

/** One file for each part. */
export const filesOf = (document: object): Readonly<Record<string, () => string>> =>
  Object.fromEntries(
    Object.entries(inParts(document)).map(([name, part]) => [`openapi/${name}.json`, () => `${printDense(part)}\n`])
  )
