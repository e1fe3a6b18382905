import { Schema } from "effect"
import type { Condition } from "./condition.ts"
import * as Word from "./field.ts"
import type { Lifecycle } from "./lifecycle.ts"
import type { AccessOf, AnySchema, FieldInfo, Fields, InitialOf, TypeOf } from "./field.ts"
import { Id } from "./id.ts"
import { Instant } from "./instant.ts"
import { kebabCase, snakeCase, Whole } from "./text.ts"

export { immutable, managed, open, secret } from "./field.ts"

/** What every record carries beside its own fields. */
export interface Envelope<Name extends string> {
  readonly id: Id<Name>
  readonly organizationId: Id<"Organization">
  /** Rises by one with each accepted change; starts at 1. */
  readonly version: number
  readonly createdAt: Instant
  readonly createdById: Id<"User"> | null
  readonly updatedAt: Instant
  readonly updatedById: Id<"User"> | null
  readonly deletedAt: Instant | null
  readonly deletedById: Id<"User"> | null
}

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

export type RecordType<Name extends string, F extends Fields> = Simplify<
  Envelope<Name> & { readonly [K in keyof F]: TypeOf<F[K]> }
>

/** Whose record it is: the fields that the scopes `own`, `team` and `department` compare with the actor. */
export interface Relations {
  readonly own?: ReadonlyArray<string>
  readonly team?: string
  readonly department?: string
}

export interface Definition<F extends Fields> {
  readonly plural: string
  readonly fields: F
  /** Keys that are unique in the organization among records that are not deleted. */
  readonly unique?: ReadonlyArray<ReadonlyArray<keyof F & string>>
  /** Keys that are unique in the whole installation. */
  readonly uniqueEverywhere?: ReadonlyArray<ReadonlyArray<keyof F & string>>
  readonly indexes?: ReadonlyArray<ReadonlyArray<string>>
  /** Fields by which records of all organizations, deleted ones too, are looked for together. */
  readonly indexesEverywhere?: ReadonlyArray<keyof F & string>
  /** Text fields that `?q=` searches. */
  readonly search?: ReadonlyArray<keyof F & string>
  readonly relations?: Relations
  /** The record that this one is a part of: it is visible where that one is. */
  readonly parent?: { readonly entity: string; readonly field: keyof F & string }
  readonly lifecycle?: Lifecycle
  /** Read on nearly every command and rarely changed: readers remember it, and what they worked out from it, until it is written. */
  readonly isConfiguration?: boolean
  /** As configuration, where only the change of a record is of interest and a new one is not. */
  readonly isRemembered?: boolean
  /** A record says nothing but about the one that this field names: a change of it leaves all else remembered. */
  readonly about?: (keyof F & string) | "id"
  /** The records are the organizations themselves: the platform operator reaches all of them. */
  readonly isPlatform?: boolean
  /** Each organization has exactly one such record: it has no id in its route, and is replaced as a whole. */
  readonly isSingle?: boolean
  /** What PATCH and DELETE of shared configuration ask for: an `If-Match` (428 without). */
  readonly requiresPrecondition?: boolean
}

export interface Entity<Name extends string, F extends Fields> {
  readonly name: Name
  /** `teamMembers` */
  readonly plural: string
  /** `team_member`: the first half of permission and event names. */
  readonly resource: string
  /** `team_members` */
  readonly table: string
  /** `team-members` */
  readonly path: string
  readonly fields: ReadonlyArray<FieldInfo>
  readonly field: (name: string) => FieldInfo | undefined
  readonly record: Schema.Codec<RecordType<Name, F>, any, never, never>
  /** What a caller gives at creation: open and immutable fields. */
  readonly create: Schema.Codec<Input<F, KeysWith<F, "open" | "immutable">>, any, never, never>
  /** What a caller may change later: open fields. */
  readonly patch: Schema.Codec<Simplify<{ readonly [K in KeysWith<F, "open">]?: TypeOf<F[K]> }>, any, never, never>
  /** What leaves the domain: everything but secrets. */
  readonly json: Schema.Codec<
    Simplify<Envelope<Name> & { readonly [K in KeysWith<F, "open" | "immutable" | "managed">]: TypeOf<F[K]> }>,
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
  readonly parent: { readonly entity: string; readonly field: string } | undefined
  readonly lifecycle: Lifecycle | undefined
  readonly isConfiguration: boolean
  readonly isRemembered: boolean
  readonly about: string | undefined
  readonly isPlatform: boolean
  readonly isSingle: boolean
  readonly requiresPrecondition: boolean
  /** Fills what is left out with null or the initial value. */
  readonly make: (draft: Draft<F>) => Omit<RecordType<Name, F>, keyof Envelope<string>>
}

/** A new record's own fields, of any access; what is left out starts at null or at its initial value. */
export type Draft<F extends Fields> = Input<F, keyof F>

export type AnyEntity = Entity<any, any>
export type RecordOf<E extends AnyEntity> = E["record"]["Type"]
export type IdOf<E extends AnyEntity> = Id<E["name"]>
export type DraftOf<E extends AnyEntity> = Parameters<E["make"]>[0]
export type JsonOf<E extends AnyEntity> = E["json"]["Type"]
/** A record of no particular entity: the envelope, and fields by name. */
export type AnyRecord = Envelope<string> & Readonly<Record<string, unknown>>

const envelope = (name: string) => ({
  id: Word.managed(Id(name)),
  organizationId: Word.managed(Id("Organization")),
  version: Word.managed(Whole(1, Number.MAX_SAFE_INTEGER)),
  createdAt: Word.managed(Instant),
  createdById: Word.managed(Schema.NullOr(Id("User"))),
  updatedAt: Word.managed(Instant),
  updatedById: Word.managed(Schema.NullOr(Id("User"))),
  deletedAt: Word.managed(Schema.NullOr(Instant)),
  deletedById: Word.managed(Schema.NullOr(Id("User")))
})

export const envelopeFields: ReadonlyArray<string> = Object.keys(envelope(""))

const struct = (name: string, fields: Readonly<Record<string, AnySchema>>) =>
  Schema.Struct(fields).annotate({ identifier: name })

const pick = (
  infos: ReadonlyArray<FieldInfo>,
  keep: (info: FieldInfo) => boolean,
  wrap: (info: FieldInfo) => AnySchema
) => Object.fromEntries(infos.filter(keep).map((info) => [info.name, wrap(info)]))

/**
 * Defines a kind of record once. Tables, list filters, routes, the OpenAPI document, permissions, the audit diff and
 * arbitraries derive from it.
 */
export const define = <const Name extends string, const F extends Fields>(
  name: Name,
  definition: Definition<F>
): Entity<Name, F> => {
  const own = Object.entries(definition.fields).map(([key, field]) => Word.toInfo(key, field))
  const fields = [...Object.entries(envelope(name)).map(([key, field]) => Word.toInfo(key, field)), ...own]
  const byName = new Map(fields.map((info) => [info.name, info]))
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
    plural: definition.plural,
    resource: snakeCase(name),
    table: snakeCase(definition.plural),
    path: kebabCase(definition.plural),
    fields,
    field: (key: string) => byName.get(key),
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
    unique: definition.unique ?? [],
    uniqueEverywhere: definition.uniqueEverywhere ?? [],
    indexes: definition.indexes ?? [],
    indexesEverywhere: definition.indexesEverywhere ?? [],
    search: definition.search ?? [],
    relations: definition.relations ?? {},
    parent: definition.parent,
    lifecycle: definition.lifecycle,
    isConfiguration: definition.isConfiguration ?? false,
    isRemembered: definition.isRemembered ?? false,
    about: definition.about,
    isPlatform: definition.isPlatform ?? false,
    isSingle: definition.isSingle ?? false,
    requiresPrecondition: definition.requiresPrecondition ?? false,
    make: (draft: object) => ({ ...initials, ...draft })
  }
  return entity as unknown as Entity<Name, F>
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

const loose: ReadonlyArray<string> = ["id", "createdById", "updatedById", "deletedById", "actorId"]

/**
 * The fields whose id must name a stored record of the same organization, as a foreign key asks: all ids with a target,
 * apart from the record's own and those that say who acted, for a platform operator acts in organizations not their own.
 */
export const referenceFields = (entity: AnyEntity): ReadonlyArray<FieldInfo & { readonly target: string }> =>
  entity.fields.flatMap((info) =>
    info.target === undefined || loose.includes(info.name) ? [] : [{ ...info, target: info.target }]
  )

/** Records that are not deleted. */
export const notDeleted: Condition = { field: "deletedAt", op: "isNull", value: true }
