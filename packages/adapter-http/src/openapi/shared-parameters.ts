import type { JsonSchema } from "./json-schema.ts"
import { shortName } from "./short-name.ts"

type Operation = Record<string, unknown>

/** Puts parameters that several operations have in one place, each of which then refers to it; gives those components. */
export const shareParameters = (operations: ReadonlyArray<Operation>): Readonly<Record<string, JsonSchema>> => {
  const inline = operations
    .flatMap(({ parameters }) => parameters as ReadonlyArray<JsonSchema>)
    .filter((each) => !("$ref" in each))
  const uses = Map.groupBy(inline, (parameter) => JSON.stringify(parameter))
  const shared: Record<string, JsonSchema> = {}
  const nameOf = new Map(
    [...uses].flatMap(([text, [parameter, ...others]]) => {
      if (parameter === undefined || others.length === 0) return []
      const plain = `${String(parameter["in"])}.${String(parameter["name"])}`
      const name = plain in shared ? shortName(plain, parameter) : plain
      shared[name] = parameter
      return [[text, name] as const]
    })
  )
  for (const operation of operations)
    operation["parameters"] = (operation["parameters"] as ReadonlyArray<JsonSchema>).map((parameter) => {
      const name = nameOf.get(JSON.stringify(parameter))
      return name === undefined ? parameter : { $ref: `#/components/parameters/${name}` }
    })
  return shared
}
