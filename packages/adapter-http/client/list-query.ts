import type { Condition, Service } from "@itsm/core/kernel"
import { localError } from "./itsm-error.ts"

type Leaf = Extract<Condition.Condition, { readonly field: string }> | { readonly search: string }

/** The parts of a condition that all have to hold; a list on the wire knows no other way to join them. */
const leaves = (condition: Condition.Condition): ReadonlyArray<Leaf> => {
  if ("all" in condition) return condition.all.flatMap(leaves)
  if ("field" in condition || "search" in condition) return [condition]
  throw localError("unsupported_condition", "Over HTTP a list joins its conditions by AND alone.")
}

const parameterOf = (leaf: Leaf): readonly [key: string, value: string] => {
  if ("search" in leaf) return ["q", leaf.search]
  if (leaf.op === "in" || leaf.op === "hasAny") return [`${leaf.field}[${leaf.op}]`, leaf.value.join(",")]
  if (leaf.value === null) throw localError("unsupported_condition", `Ask whether "${leaf.field}" is null by "isNull".`)
  return [leaf.op === "eq" ? leaf.field : `${leaf.field}[${leaf.op}]`, String(leaf.value)]
}

export interface ListQuery {
  readonly search: URLSearchParams
  /** The record whose parts are listed. */
  readonly parentId: string | undefined
}

/** The query of `list` with these options; the parts of one record, whose id `parent` holds, are asked for where that one is. */
export const listQuery = (
  parent: string | undefined,
  { where, sort, after, limit }: Service.ListOptions
): ListQuery => {
  const search = new URLSearchParams()
  let parentId: string | undefined
  for (const leaf of where === undefined ? [] : leaves(where)) {
    if (parent !== undefined && "field" in leaf && leaf.field === parent && leaf.op === "eq") {
      parentId = String(leaf.value)
      continue
    }
    const [key, value] = parameterOf(leaf)
    if (search.has(key)) throw localError("unsupported_condition", `Over HTTP a list takes "${key}" once.`)
    search.set(key, value)
  }
  if (sort !== undefined)
    search.set("sort", sort.map(({ field, direction }) => (direction === "desc" ? `-${field}` : field)).join(","))
  if (after !== undefined) search.set("cursor", String(after[0]))
  if (limit !== undefined) search.set("limit", String(limit))
  return { search, parentId }
}
