import { Condition, Entity, Store } from "@itsm/core/kernel"
import { snapshot } from "./snapshot.ts"
import type { Table } from "./table.ts"
import type { Tables } from "./tables.ts"

type AnyRecord = Entity.AnyRecord
interface Step {
  readonly table: Table
  readonly before: AnyRecord | undefined
  readonly after: AnyRecord | undefined
}

/** What makes room goes before what needs it, so a commit may free a unique key and take it. */
const order: ReadonlyArray<Store.Change["kind"]> = ["consume", "drop", "update", "add", "put", "insert"]

const inOrder = (changes: ReadonlyArray<Store.Change>): ReadonlyArray<Store.Change> =>
  changes.length === 1 ? changes : changes.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))

const requireDistinct = (changes: ReadonlyArray<Store.Change>) => {
  const seen = new Set<string>()
  for (const change of changes) {
    const subject = `${change.entity.name} ${"record" in change ? change.record.id : change.kind === "drop" ? change.key : change.id}`
    if (seen.has(subject)) throw new Error(`A commit changes the ${subject} twice.`)
    seen.add(subject)
  }
}

/**
 * Applies the changes. Where one of them is refused, or a reference would name nothing, everything is as it was before;
 * the refusal is returned, a broken reference is thrown.
 */
export const transact = (
  tables: Tables,
  organizationId: string,
  changes: ReadonlyArray<Store.Change>
): Store.CommitError | undefined => {
  requireDistinct(changes)
  const steps: Array<Step> = []
  const commit = ++tables.commits
  const replace = (
    table: Table,
    before: AnyRecord | undefined,
    after: AnyRecord | undefined
  ): Store.CommitError | undefined => {
    const fields = after === undefined ? undefined : table.collision(after, before)
    if (fields !== undefined) return new Store.UniqueViolation({ entity: table.entity.name, fields })
    table.replace(before, after, commit)
    steps.push({ table, before, after })
    return undefined
  }
  const undo = () => {
    for (const { table, before, after } of steps.toReversed()) table.replace(after, before)
  }
  try {
    for (const change of inOrder(changes)) {
      Store.requireAllowed(change)
      const refusal = apply(tables, organizationId, change, replace)
      if (refusal === undefined) continue
      undo()
      return refusal
    }
    for (const { table, before, after } of steps) {
      if (after !== undefined) tables.requireTargets(table, before, after)
      if (before !== undefined && before.id !== after?.id) tables.requireUnnamed(table, before)
    }
    return undefined
  } catch (defect) {
    undo()
    throw defect
  }
}

type Replace = (
  table: Table,
  before: AnyRecord | undefined,
  after: AnyRecord | undefined
) => Store.CommitError | undefined

const apply = (
  tables: Tables,
  organizationId: string,
  change: Store.Change,
  replace: Replace
): Store.CommitError | undefined => {
  const { entity } = change
  const table = tables.of(entity)
  if ("record" in change && change.record.organizationId !== organizationId) {
    throw new Error(`A ${entity.name} of another organization cannot be written.`)
  }
  switch (change.kind) {
    case "insert":
      return replace(table, undefined, snapshot(entity, change.record))
    case "update": {
      const { record, expectedVersion } = change
      if (record.version !== expectedVersion + 1)
        throw new Error(`An update of a ${entity.name} must raise its version by one.`)
      const before = table.get(organizationId, record.id)
      if (before?.version !== expectedVersion) return new Store.VersionConflict({ entity: entity.name, id: record.id })
      return replace(table, before, snapshot(entity, record, before))
    }
    case "put":
      return replace(
        table,
        keyed(table, organizationId, String(change.record[entity.queue.key!])),
        snapshot(entity, change.record)
      )
    case "drop": {
      const before = keyed(table, organizationId, change.key)
      return before === undefined ? undefined : replace(table, before, undefined)
    }
    case "consume": {
      const before = table.get(organizationId, change.id)
      if (before === undefined || (before.version ?? 1) !== change.expectedVersion)
        return new Store.VersionConflict({ entity: entity.name, id: change.id })
      return replace(table, before, undefined)
    }
    case "add": {
      const before = table.get(organizationId, change.id)
      if (before === undefined || !Condition.compile(change.where, entity.search)(before, tables.named)) {
        return new Store.CounterRefused({ entity: entity.name, id: change.id })
      }
      const sums = Object.entries(change.by).map(([field, by]) => [field, Number(before[field]) + by])
      const after = { ...before, ...Object.fromEntries(sums), version: before.version + 1 }
      return replace(table, before, snapshot(entity, after, before))
    }
  }
}

/** The work of a queue with this key. */
const keyed = (table: Table, organizationId: string, key: string): AnyRecord | undefined => {
  const field = table.entity.queue.key!
  const index = table.partition(organizationId).unique.find(({ fields }) => fields.length === 1 && fields[0] === field)
  for (const record of index?.at({ [field]: key }) ?? []) if (!Entity.isDeleted(record)) return record
  return undefined
}
