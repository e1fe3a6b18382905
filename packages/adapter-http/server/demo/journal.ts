import { Effect } from "effect"
import type { Entity, Id, Store } from "@itsm/core/kernel"

type OrganizationId = Id.Id<"Organization">

/** Everything that was committed for one organization, as it was in the end. */
interface Chapter {
  readonly records: Map<string, { readonly entity: Entity.AnyEntity; readonly record: Entity.Writable }>
  readonly numbers: Array<{ readonly sequence: string; readonly block: number }>
}

/** A store that remembers what was committed to it. */
export interface Journal {
  readonly store: Store.StoreShape
  /** Commits the same to another store: each organization in one commit, so that it is there in full or not at all. */
  readonly copyTo: (target: Store.StoreShape) => Effect.Effect<void, Store.CommitError>
}

const apply = ({ records }: Chapter, change: Store.Change) => {
  switch (change.kind) {
    case "insert":
    case "update":
      return void records.set(change.record.id, change)
    case "put":
      forgetKey(records, change.entity, String(change.record[change.entity.queue.key!]))
      return void records.set(change.record.id, change)
    case "drop":
      return forgetKey(records, change.entity, change.key)
    case "consume":
      return void records.delete(change.id)
    case "add":
      throw new Error("A counter cannot be copied.")
  }
}

const forgetKey = (records: Chapter["records"], entity: Entity.AnyEntity, key: string) => {
  const field = entity.queue.key!
  for (const [id, known] of records) if (known.entity === entity && known.record[field] === key) records.delete(id)
}

export const make = (store: Store.StoreShape): Journal => {
  const chapters = new Map<OrganizationId, Chapter>()
  const chapter = (id: OrganizationId) => {
    const known: Chapter = chapters.get(id) ?? { records: new Map(), numbers: [] }
    chapters.set(id, known)
    return known
  }
  return {
    store: {
      ...store,
      commit: (reach, changes) =>
        Effect.tap(store.commit(reach, changes), () =>
          Effect.sync(() => changes.forEach((change) => apply(chapter(reach.organizationId), change)))
        ),
      reserveNumbers: (reach, sequence, block) => {
        chapter(reach.organizationId).numbers.push({ sequence, block })
        return store.reserveNumbers(reach, sequence, block)
      }
    },
    copyTo: (target) =>
      Effect.forEach(
        chapters,
        ([organizationId, { records, numbers }]) =>
          Effect.andThen(
            Effect.forEach(
              numbers,
              ({ sequence, block }) => target.reserveNumbers({ organizationId }, sequence, block),
              { discard: true }
            ),
            target.commit(
              { organizationId },
              [...records.values()].map(({ entity, record }) => ({ kind: "insert", entity, record }))
            )
          ),
        { discard: true }
      )
  }
}
