import { type Entity, Store } from "@itsm/core/kernel"
import { addSql, checkSql, type Fixed as FixedKind, partSql } from "./change-sql.ts"
import { lexemes, Parameters } from "./condition-sql.ts"
import type { Statement } from "./query-sql.ts"
import { type Layout, layoutOf } from "./row.ts"
import { channel, encode } from "./touched-message.ts"

type Change = Store.Change
type Kind = Change["kind"]

/** What makes room goes before what needs it, so a commit may free a unique key and take it. */
const order: ReadonlyArray<Kind> = ["consume", "drop", "update", "add", "put", "insert"]

/** The changes of one kind to one entity: one part of the statement. */
interface Group {
  readonly kind: Kind
  readonly layout: Layout
  readonly changes: Array<Change>
}

const keyOf = (change: Change): string =>
  "record" in change ? change.record.id : change.kind === "drop" ? change.key : change.id

const checkRecord = (organizationId: string, change: Change) => {
  Store.requireAllowed(change)
  if (!("record" in change)) return
  const { entity, record } = change
  if (record.organizationId !== organizationId) {
    throw new Error(`A ${entity.name} of another organization cannot be written.`)
  }
  if (change.kind === "update" && record.version !== change.expectedVersion + 1) {
    throw new Error(`An update of a ${entity.name} must raise its version by one.`)
  }
}

/** In one order for all commits, so that no two of them wait for each other. */
const grouped = (organizationId: string, changes: ReadonlyArray<Change>): ReadonlyArray<Group> => {
  const groups = new Map<string, Group>()
  const seen = new Set<string>()
  for (const change of changes) {
    checkRecord(organizationId, change)
    const { entity, kind } = change
    const names = [keyOf(change), ...(kind === "put" ? [String(change.record[change.entity.queue.key!])] : [])]
    for (const name of names) {
      const subject = `${entity.name} ${name}`
      if (seen.has(subject)) throw new Error(`A commit changes the ${subject} twice.`)
      seen.add(subject)
    }
    const group = `${order.indexOf(kind)} ${entity.name}`
    const known = groups.get(group)
    if (known === undefined) groups.set(group, { kind, layout: layoutOf(entity), changes: [change] })
    else known.changes.push(change)
  }
  if (groups.size === 1 && changes.length === 1) return [...groups.values()]
  for (const group of groups.values()) group.changes.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group)
}

const withWords = ({ entity, toRow }: Layout, record: Entity.Writable): object => {
  const row = toRow(record)
  if (entity.search.length === 0) return row
  const texts = entity.search.map((field) => record[field]).filter((text) => typeof text === "string")
  return { ...row, "~words": lexemes(texts).join(" ") }
}

/** The parameter of the group: its one item, or a list of them. */
const payload = (organizationId: string, { layout, changes }: Group): string => {
  const items = changes.map((change) => {
    if ("record" in change) return withWords(layout, change.record)
    if (change.kind === "drop") return { organizationId, [change.entity.queue.key!]: change.key }
    return { organizationId, id: change.id, version: change.kind === "consume" ? change.expectedVersion : 0 }
  })
  return JSON.stringify(items.length === 1 ? items[0] : items)
}

interface Fixed {
  readonly parts: ReadonlyArray<string>
  readonly checks: ReadonlyArray<string>
  readonly statement: Omit<Statement, "parameters">
}

const assemble = (parts: ReadonlyArray<string>, checks: ReadonlyArray<string>): Fixed["statement"] => ({
  parts: parts.join(",\n"),
  text: `SELECT ${checks.join(",\n")}`
})

const fixedTexts = new Map<string, Fixed>()

/** The text of everything but counters depends on the kinds and entities alone: built once, and prepared once. */
const fixedText = (groups: ReadonlyArray<Group>, isTold: boolean): Fixed => {
  const signature = groups
    .map(({ kind, layout, changes }) => `${kind} ${layout.entity.name} ${changes.length === 1}`)
    .join()
    .concat(isTold ? " told" : "")
  const known = fixedTexts.get(signature)
  if (known !== undefined) return known
  const parts = groups.map(({ kind, layout, changes }, i) => {
    const part = partSql(kind as FixedKind, layout, changes.length === 1, `$${i + 1}`)
    return `c${i + 1} AS (${part})`
  })
  // a part is carried out when its rows are counted: this is what puts them in order
  const checks = groups.map(({ kind, layout, changes }, i) =>
    kind === "update" || kind === "consume"
      ? checkSql(i + 1, layout.entity.name, changes.length === 1)
      : `(SELECT count(*) FROM c${i + 1})::int`
  )
  if (isTold) checks.push(`pg_notify('${channel}', $${groups.length + 1})`)
  const fixed = { parts, checks, statement: assemble(parts, checks) }
  if (fixedTexts.size >= 1000) fixedTexts.clear()
  fixedTexts.set(signature, fixed)
  return fixed
}

/**
 * All changes as one statement, which raises and so undoes itself where a record is not at its expected version or a
 * counter is refused. Its parts see the database as it was before any of them.
 */
export const commit = (organizationId: string, changes: ReadonlyArray<Change>): Statement => {
  const groups = grouped(organizationId, changes)
  const plain = groups.filter(({ kind }) => kind !== "add")
  // the listeners of all processes get it when the commit is there, and not before
  const touched = Store.touchedBy(organizationId, changes)
  const { parts, checks, statement } = fixedText(plain, touched !== undefined)
  const parameters = new Parameters()
  for (const group of plain) parameters.add(payload(organizationId, group))
  if (touched !== undefined) parameters.add(encode(touched))
  if (plain.length === groups.length) return { ...statement, parameters: parameters.values }
  const counters = groups
    .flatMap(({ changes: all }) => all.filter((change) => change.kind === "add"))
    .map((change, i) => addSql(organizationId, change, `a${i}`, parameters))
  return {
    ...assemble([...parts, ...counters.map(({ part }) => part)], [...counters.map(({ check }) => check), ...checks]),
    parameters: parameters.values
  }
}
