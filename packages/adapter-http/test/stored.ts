import { Condition, type Entity, Kernel } from "@itsm/core"
import { Effect } from "effect"
import type { Instance } from "./instance.ts"

/** Every row of every organization, by the name of its entity. */
export const storedRows = (instance: Pick<Instance, "run">) =>
  instance.run(
    Effect.gen(function* () {
      const { catalogue, store } = yield* Kernel.Kernel
      const rows = new Map<string, ReadonlyArray<Entity.AnyRecord>>()
      for (const [name, entity] of catalogue.entities) {
        const found: Array<Entity.AnyRecord> = []
        const query = { where: Condition.always, sort: [], limit: 1000 }
        let page = yield* store.find("everywhere", entity, query)
        found.push(...(page.items as ReadonlyArray<Entity.AnyRecord>))
        while (page.next !== null) {
          page = yield* store.find("everywhere", entity, { ...query, after: page.next })
          found.push(...(page.items as ReadonlyArray<Entity.AnyRecord>))
        }
        rows.set(name, found)
      }
      return rows
    })
  )

/** The id and version of every row: what two moments have to agree in where nothing was written between them. */
export const storedVersions = async (instance: Pick<Instance, "run">) =>
  [...(await storedRows(instance))].flatMap(([name, rows]) => rows.map(({ id, version }) => `${name} ${id} ${version}`))
