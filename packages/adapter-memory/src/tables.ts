import type { Condition, Entity } from "@itsm/core/kernel"
import { sizeOf } from "./hash-index.ts"
import { Table } from "./table.ts"

/** All tables of a store; one comes into being with the first mention of its entity. */
export class Tables {
  /** How many commits were begun: the number of the latest. */
  commits = 0
  private readonly byName = new Map<string, Table>()
  private readonly referrers = new Map<string, Array<{ readonly table: Table; readonly field: string }>>()

  of(entity: Entity.AnyEntity): Table {
    const known = this.byName.get(entity.name)
    if (known !== undefined) return known
    const table = new Table(entity)
    this.byName.set(entity.name, table)
    for (const { target, name: field } of table.references) {
      const list = this.referrers.get(target)
      if (list === undefined) this.referrers.set(target, [{ table, field }])
      else list.push({ table, field })
    }
    return table
  }

  /** What a condition on a record of one kind asks of records of another one. */
  readonly named: Condition.Named = (entity, id, row) => this.of(entity).get(String(row["organizationId"]), id)

  /** Dies where a reference of `after` that `before` did not have names no record of the organization. */
  requireTargets(table: Table, before: Entity.AnyRecord | undefined, after: Entity.AnyRecord): void {
    for (const { name, target } of table.references) {
      const id = after[name] as string | null
      if (id === null || id === before?.[name]) continue
      if (this.byName.get(target)?.get(after.organizationId, id) === undefined) {
        throw new Error(`${table.entity.name}.${name} names no ${target} of the organization.`)
      }
    }
  }

  /** Dies where a record still names `gone`, which is no longer stored. */
  requireUnnamed(table: Table, gone: Entity.AnyRecord): void {
    for (const { table: other, field } of this.referrers.get(table.entity.name) ?? []) {
      const naming =
        other.partitions
          .get(gone.organizationId)
          ?.lookup(field)
          .at({ [field]: gone.id }) ?? []
      if (sizeOf(naming) > 0) throw new Error(`${other.entity.name}.${field} still names the ${table.entity.name}.`)
    }
  }
}
