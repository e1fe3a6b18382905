import { Schema } from "effect"
import { always, type Condition } from "./condition.ts"
import * as Word from "./field.ts"
import type { Lifecycle } from "./lifecycle.ts"
import type { AccessOf, AnySchema, FieldInfo, Fields, InitialOf, TypeOf } from "./field.ts"
import {
  type AdditionFields,
  additionsOf,
  type Envelope,
  type EnvelopeOf,
  envelopeOf,
  externalKey,
  type Role
} from "./envelope.ts"
import type { Id } from "./id.ts"
import { kebabCase, snakeCase } from "./text.ts"

export { addedFields, envelopeFields, externalKey } from "./envelope.ts"
export { immutable, managed, open, secret } from "./field.ts"

type Simplify<T> = { readonly [K in keyof T]: T[K] }
type KeysWith<F extends Fields, A extends Word.Access> = {
  [K in keyof F]: AccessOf<F[K]> extends A ? K : never
}[keyof F]
type IsOptional<F> = null extends TypeOf<F> ? true : InitialOf<F>
type Input<F extends Fields, K extends keyof F> = Simplify<
  { readonly [P in K as IsOptional<F[P]> extends true ? never : P]: TypeOf<F[P]> } & {
    readonly [P in K as IsOptional<F[P]> extends true ? P : never]?: TypeOf<F[P]>
  }
>

type Patch<F extends Fields> = Simplify<{ readonly [K in KeysWith<F, "open">]?: TypeOf<F[K]> }>
/** What a caller gives of a new record. */
type Given<F extends Fields, R extends Role> = Input<
  F & AdditionFields<R>,
  KeysWith<F & AdditionFields<R>, "open" | "immutable">
>

export type RecordType<Name extends string, F extends Fields, R extends Role> = Simplify<
  EnvelopeOf<Name, R> & { readonly [K in keyof F]: TypeOf<F[K]> }
>

/**
 * Whose record it is: the fields that the scopes `own`, `team` and `department` compare with the actor. For a part, what
 * it does not name itself is that of its whole.
 */
export interface Relations {
  readonly own?: ReadonlyArray<string>
  readonly team?: string
  readonly department?: string
}

/** What readers keep in mind of a kind of record, until one is written. */
export interface Remembered<Field extends string = string> {
  /** A record says nothing but about the one that this field names: a change of it leaves all else remembered. */
  readonly about?: Field | "id"
  /** Only the change of a record is of interest, and a new one is not. */
  readonly onlyChanges?: true
}

/** How the work of a queue is told apart; the queue itself is by `dueAt` and `leaseUntil`. */
export interface Queue<Field extends string = string> {
  /** There is one piece of work with the same value in this text: setting it again replaces it. */
  readonly key?: Field
  /** The moment at which the work was done; what is done stays for a while, out of the way of what waits. */
  readonly doneAt?: Field
  /** It is also read in the order of its commits, as a log is. */
  readonly isSequenced?: true
}

/** A field, or a part of one: `state`, `price.amount`. */
type Path<F extends Fields> = (keyof F & string) | `${keyof F & string}.${string}`

export interface Definition<F extends Fields, R extends Role> {
  readonly plural: string
  /** `record` where nothing is said, and `part` where there is a parent. */
  readonly role?: R
  readonly fields: F
  /**
   * Keys that are unique in the organization among records that are not deleted. Null is a value like any other, but a
   * key that is null in all of its fields binds nothing.
   */
  readonly unique?: ReadonlyArray<ReadonlyArray<Path<F>>>
  /** Keys that are unique in the whole installation. */
  readonly uniqueEverywhere?: ReadonlyArray<ReadonlyArray<Path<F>>>
  readonly indexes?: ReadonlyArray<ReadonlyArray<string>>
  /** Fields by which records of all organizations, deleted ones too, are looked for together. */
  readonly indexesEverywhere?: ReadonlyArray<keyof F & string>
  /** Text fields that `?q=` searches. */
  readonly search?: ReadonlyArray<keyof F & string>
  readonly relations?: Relations
  /** The record that this one is a part of: it is visible where that one is. */
  readonly parent?: { readonly entity: AnyEntity; readonly field: keyof F & string }
  /** Lists of people who read the record, whatever else they may: approvers who are asked, watchers. */
  readonly readers?: ReadonlyArray<keyof F & string>
  readonly lifecycle?: Lifecycle
  /** Configuration and settings are remembered as a whole; other records where it is said. */
  readonly remembered?: Remembered<keyof F & string>
  readonly queue?: Queue<keyof F & string>
  /** Days after which the entries of a log are removed for good; they are kept for ever where nothing is said. */
  readonly keptDays?: R extends "log" ? number : never
  /** The records are the organizations themselves: each is its own tenant, and the platform operator reaches all of them. */
  readonly isPlatform?: boolean
}

export interface Entity<Name extends string, F extends Fields, R extends Role> {
  readonly name: Name
  readonly role: R
  /** `teamMembers` */
  readonly plural: string
  /** `team_member`: the first half of permission and event names. */
  readonly resource: string
  /** `team_members` */
  readonly table: string
  /** `team-members` */
  readonly path: string
  readonly fields: ReadonlyArray<FieldInfo>
  /** The fields as they are kept, asked for and sorted by: those with parts as their parts. */
  readonly leaves: ReadonlyArray<Word.Leaf>
  /** A field by its name, or a part of one by its path: `price.amount`. */
  readonly field: (path: string) => FieldInfo | undefined
  readonly record: Schema.Codec<RecordType<Name, F, R>, any, never, never>
  /** What a caller gives at creation: open and immutable fields. */
  readonly create: Schema.Codec<Given<F, R>, any, never, never>
  /** What a caller may change later: open fields. */
  readonly patch: Schema.Codec<Patch<F & AdditionFields<R>>, any, never, never>
  /** What leaves the domain: everything but secrets. */
  readonly json: Schema.Codec<
    Simplify<EnvelopeOf<Name, R> & { readonly [K in KeysWith<F, "open" | "immutable" | "managed">]: TypeOf<F[K]> }>,
    any,
    never,
    never
  >
  readonly createFields: Readonly<Record<string, AnySchema>>
  readonly unique: ReadonlyArray<ReadonlyArray<string>>
  readonly uniqueEverywhere: ReadonlyArray<ReadonlyArray<string>>
  readonly indexes: ReadonlyArray<ReadonlyArray<string>>
  readonly indexesEverywhere: ReadonlyArray<string>
  readonly search: ReadonlyArray<string>
  readonly relations: Relations
  readonly parent: { readonly entity: AnyEntity; readonly field: string } | undefined
  readonly readers: ReadonlyArray<string>
  readonly lifecycle: Lifecycle | undefined
  /** `undefined` where nobody remembers it. */
  readonly remembered: Remembered | undefined
  readonly queue: Queue
  /** The store knows in which order the records were committed. */
  readonly isSequenced: boolean
  readonly keptDays: number | undefined
  readonly isPlatform: boolean
  /** Fills what is left out with null or the initial value. */
  make(draft: Draft<F, R>): Omit<RecordType<Name, F, R>, keyof Envelope<string>>
}

/** A new record's own fields, of any access; what is left out starts at null or at its initial value. */
export type Draft<F extends Fields, R extends Role> = Input<F & AdditionFields<R>, keyof (F & AdditionFields<R>)>

export type AnyEntity = Entity<any, any, any>
type Of<R extends Role> = R extends Role ? Entity<any, any, R> : never
/** A kind of record that can be changed. */
export type Changeable = Of<Exclude<Role, "log">>
/** A kind of record that can be deleted and restored. */
export type Deletable = Of<"record" | "part" | "configuration" | "internal">
export type AnySetting = Entity<any, any, "setting">
export type RecordOf<E extends AnyEntity> = E["record"]["Type"]
export type IdOf<E extends AnyEntity> = Id<E["name"]>
export type DraftOf<E extends AnyEntity> = Parameters<E["make"]>[0]
export type JsonOf<E extends AnyEntity> = E["json"]["Type"]
/** A record of no particular entity: the envelope, as far as its role has it, and fields by name. */
export type AnyRecord = Envelope<string> & Readonly<Record<string, unknown>>

/** What is written to a store: whatever its role, it has an id and an organization. */
export type Writable = Pick<AnyRecord, "id" | "organizationId"> & Readonly<Record<string, unknown>>

const struct = (name: string, fields: Readonly<Record<string, AnySchema>>) =>
  Schema.Struct(fields).annotate({ identifier: name })

const pick = (
  infos: ReadonlyArray<FieldInfo>,
  keep: (info: FieldInfo) => boolean,
  wrap: (info: FieldInfo) => AnySchema
) => Object.fromEntries(infos.filter(keep).map((info) => [info.name, wrap(info)]))

const infoOf = (entity: string, name: string, field: AnySchema | Word.AnyField): FieldInfo => {
  try {
    return Word.toInfo(name, field)
  } catch (error) {
    throw new Error(`${entity}.${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

/**
 * Defines a kind of record once. Tables, list filters, routes, the OpenAPI document, permissions, the audit diff and
 * arbitraries derive from it.
 */
export const define = <const Name extends string, const F extends Fields, const R extends Role = "record">(
  name: Name,
  definition: Definition<F, R>
): Entity<Name, F, R> => {
  const role = definition.role ?? (definition.parent === undefined ? "record" : "part")
  const queueKey = definition.queue?.key
  const infos = (all: Fields) => Object.entries(all).map(([key, field]) => infoOf(name, key, field))
  const added = additionsOf(role)
  const own = infos({ ...definition.fields, ...added })
  const fields = [...infos(envelopeOf(role, name)), ...own]
  const leaves = Word.leavesOf(fields)
  const byPath = new Map([...fields, ...leaves].map((info) => [info.name, info]))
  const plain = (info: FieldInfo) => info.schema
  const given = (info: FieldInfo) => info.access === "open" || info.access === "immutable"
  const createFields = pick(own, given, (info) =>
    info.initial === undefined ? info.schema : Schema.optionalKey(info.schema)
  )
  const initials = Object.fromEntries(
    own.filter((info) => info.initial !== undefined).map((info) => [info.name, info.initial!.value])
  )
  const entity = {
    name,
    role,
    plural: definition.plural,
    resource: snakeCase(name),
    table: snakeCase(definition.plural),
    path: kebabCase(definition.plural),
    fields,
    leaves,
    field: (path: string) => byPath.get(path),
    record: struct(
      `${name}Record`,
      pick(fields, () => true, plain)
    ),
    create: struct(`${name}Create`, createFields),
    patch: struct(
      `${name}Patch`,
      pick(
        own,
        (info) => info.access === "open",
        (info) => Schema.optionalKey(info.schema)
      )
    ),
    json: struct(
      name,
      pick(fields, (info) => info.access !== "secret", plain)
    ),
    createFields,
    unique: [
      ...(definition.unique ?? []),
      ...(queueKey === undefined ? [] : [[queueKey]]),
      ...("externalId" in added ? [externalKey] : [])
    ],
    uniqueEverywhere: definition.uniqueEverywhere ?? [],
    indexes: definition.indexes ?? [],
    // what is removed after its days is found by its age
    indexesEverywhere: [
      ...(definition.indexesEverywhere ?? []),
      ...(definition.keptDays === undefined ? [] : ["createdAt"])
    ],
    search: definition.search ?? [],
    relations: definition.relations ?? {},
    parent: definition.parent,
    readers: definition.readers ?? [],
    lifecycle: definition.lifecycle,
    remembered: definition.remembered ?? (role === "configuration" || role === "setting" ? {} : undefined),
    queue: definition.queue ?? {},
    isSequenced: role === "log" || definition.queue?.isSequenced === true,
    keptDays: definition.keptDays,
    isPlatform: definition.isPlatform ?? false,
    make: (draft: object) => ({ ...initials, ...draft })
  }
  return entity as unknown as Entity<Name, F, R>
}

/** The record without its secrets. */
export const toJson = (entity: AnyEntity, record: AnyRecord): Readonly<Record<string, unknown>> => {
  const secrets = secretsOf(entity)
  if (secrets.length === 0) return record
  const json: Record<string, unknown> = { ...record }
  for (const name of secrets) delete json[name]
  return json
}

const secretNames = new WeakMap<AnyEntity, ReadonlyArray<string>>()
const secretsOf = (entity: AnyEntity): ReadonlyArray<string> => {
  const known = secretNames.get(entity)
  if (known !== undefined) return known
  const names = entity.fields.filter((info) => info.access === "secret").map((info) => info.name)
  secretNames.set(entity, names)
  return names
}

/** The fields whose id must name a stored record of the same organization, as a foreign key asks. */
export const referenceFields = (entity: AnyEntity): ReadonlyArray<FieldInfo & { readonly target: string }> =>
  entity.fields.flatMap((info) =>
    info.kind !== "id" || info.target === undefined || info.isUnbound ? [] : [{ ...info, target: info.target }]
  )

const isNotDeleted: Condition = { field: "deletedAt", op: "isNull", value: true }

/** Records that are not deleted; all of them, where the role knows no deletion. */
export const notDeleted = (entity: AnyEntity): Condition =>
  entity.field("deletedAt") === undefined ? always : isNotDeleted

export const isDeleted = (record: AnyRecord): boolean => (record.deletedAt ?? null) !== null
