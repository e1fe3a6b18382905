import { Effect, Option } from "effect"
import type { AnyEntity, AnyRecord } from "../model/entity.ts"
import { Cycle } from "../model/errors.ts"
import type { Reader } from "./reader.ts"

/** Fails where `parentId` is the record itself or lies below it: walks up from the parent to the root. */
export const checkAcyclic = Effect.fnUntraced(function* (
  read: Reader,
  entity: AnyEntity,
  field: string,
  id: string | undefined,
  parentId: string | null
) {
  let next = parentId
  for (const seen = new Set<string>(); next !== null;) {
    if (next === id || seen.has(next)) return yield* new Cycle({ field })
    seen.add(next)
    const parent: Option.Option<AnyRecord> = yield* read.get(entity, next)
    next = Option.match(parent, { onNone: () => null, onSome: (record) => record[field] as string | null })
  }
})

/** The ids of `roots` and of everything below them. */
export const withDescendants = (
  nodes: ReadonlyArray<{ readonly id: string; readonly parentId: string | null }>,
  roots: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const found = new Set(roots)
  for (let grew = true; grew;) {
    grew = false
    for (const node of nodes) {
      if (node.parentId !== null && found.has(node.parentId) && !found.has(node.id)) {
        found.add(node.id)
        grew = true
      }
    }
  }
  return [...found]
}
