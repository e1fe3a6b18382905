import { Schema, type SchemaAST } from "effect"
import { describe, presentOf } from "./kind-of-schema.ts"
import type { Kind, LeafKind } from "./kinds.ts"

export type { Kind } from "./kinds.ts"

/**
 * Who writes a field. `open`: the caller, at any time. `immutable`: the caller, at creation. `managed`: commands only.
 * `secret`: commands only, and it never leaves the domain.
 */
export type Access = "open" | "immutable" | "managed" | "secret"

export type AnySchema = Schema.Codec<any, any, never, never>

export interface Field<T, A extends Access, HasInitial extends boolean> {
  readonly "~field": { readonly type: T; readonly hasInitial: HasInitial }
  readonly schema: Schema.Codec<T, any, never, never>
  readonly access: A
  readonly initial: { readonly value: unknown } | undefined
}

export type AnyField = Field<any, Access, boolean>

const field = <T, A extends Access, H extends boolean>(
  schema: Schema.Codec<T, any, never, never>,
  access: A,
  initial: ReadonlyArray<T>
): Field<T, A, H> =>
  ({ schema, access, initial: initial.length === 0 ? undefined : { value: initial[0] } }) as Field<T, A, H>

interface Word<A extends Access> {
  <T>(schema: Schema.Codec<T, any, never, never>): Field<T, A, false>
  /** With the value that a new record starts with where none is given. */
  <T>(schema: Schema.Codec<T, any, never, never>, initial: T): Field<T, A, true>
}

const word = <A extends Access>(access: A): Word<A> =>
  (<T>(schema: Schema.Codec<T, any, never, never>, ...initial: ReadonlyArray<T>) =>
    field(schema, access, initial)) as Word<A>

export const open = word("open")
export const immutable = word("immutable")
export const managed = word("managed")
export const secret = word("secret")

export type Fields = Readonly<Record<string, AnySchema | AnyField>>

export type TypeOf<F> =
  F extends Field<infer T, any, any> ? T : F extends Schema.Codec<infer T, any, any, any> ? T : never
export type AccessOf<F> = F extends Field<any, infer A, any> ? A : "open"
export type InitialOf<F> = F extends Field<any, any, infer H> ? H : false

/** What the rest of the kernel and the stores know of a field, read off its schema. */
export interface FieldInfo {
  /** `state`, and `price.amount` for a part. */
  readonly name: string
  /** The field of the record: itself, or the one that it is a part of. */
  readonly whole: string
  readonly access: Access
  readonly kind: Kind
  readonly nullable: boolean
  /** The entity that an id, or each id of a list, refers to; `undefined` for other kinds. */
  readonly target: string | undefined
  /** The entities of which an id may name a record. */
  readonly targets: ReadonlyArray<string>
  /** The id need not name a record of the organization. */
  readonly isUnbound: boolean
  readonly literals: ReadonlyArray<string> | undefined
  readonly schema: AnySchema
  readonly initial: { readonly value: unknown } | undefined
  /** What a field of a kind with parts consists of. */
  readonly parts: ReadonlyArray<Leaf>
}

/** A field, or a part of one, whose value is kept as one. */
export interface Leaf extends FieldInfo {
  readonly kind: LeafKind
}

const partsOf = (info: FieldInfo, ast: SchemaAST.AST): ReadonlyArray<Leaf> =>
  (ast as SchemaAST.Objects).propertySignatures.map(({ name, type }) => {
    const part = toInfo(`${info.name}.${String(name)}`, { schema: Schema.make(type), access: info.access } as AnyField)
    const targets = part.kind === "id" ? info.targets : []
    return { ...(part as Leaf), whole: info.name, nullable: info.nullable, targets }
  })

/** What is known of a field by its definition. Throws for a schema that is of no known kind. */
export const toInfo = (name: string, definition: AnySchema | AnyField): FieldInfo => {
  const { schema, access, initial } = "access" in definition ? definition : (open(definition) as AnyField)
  const { nullable, present } = presentOf(schema.ast)
  const description = describe(present)
  if (description === undefined)
    throw new Error(`${name} is of no known kind: a number that is not whole is a Decimal, and JSON has no dates.`)
  const { kind, target } = description
  const info: FieldInfo = {
    name,
    whole: name,
    access,
    kind,
    nullable,
    target,
    targets: description.targets ?? (target === undefined ? [] : [target]),
    isUnbound: description.isUnbound ?? false,
    literals: description.literals,
    schema,
    initial: initial ?? (nullable ? { value: null } : undefined),
    parts: []
  }
  return kind === "money" || kind === "ref" ? { ...info, parts: partsOf(info, present) } : info
}

/** The fields as they are kept, asked for and sorted by: those with parts as their parts. */
export const leavesOf = (fields: ReadonlyArray<FieldInfo>): ReadonlyArray<Leaf> =>
  fields.flatMap((info) => (info.parts.length === 0 ? [info as Leaf] : info.parts))
