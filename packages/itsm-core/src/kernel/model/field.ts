import type { Schema } from "effect"
import { SchemaAST } from "effect"

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

export type Kind = "text" | "integer" | "boolean" | "instant" | "id" | "enum" | "json"

/** What the rest of the kernel and the stores know of a field, read off its schema. */
export interface FieldInfo {
  readonly name: string
  readonly access: Access
  readonly kind: Kind
  readonly nullable: boolean
  /** The entity that an id refers to; `undefined` for other kinds. */
  readonly target: string | undefined
  readonly literals: ReadonlyArray<string> | undefined
  readonly schema: AnySchema
  readonly initial: { readonly value: unknown } | undefined
}

const isNull = (ast: SchemaAST.AST) => ast._tag === "Null" || (ast._tag === "Literal" && ast.literal === null)

const members = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> => (ast._tag === "Union" ? ast.types : [ast])

type Annotation = { readonly kind: Kind; readonly target?: string }

const describe = (ast: SchemaAST.AST): Annotation & { readonly literals?: ReadonlyArray<string> } => {
  const annotated = SchemaAST.resolveAt<Annotation>("field")(ast)
  if (annotated !== undefined) return annotated
  if (ast._tag === "String") return { kind: "text" }
  if (ast._tag === "Number") return { kind: "integer" }
  if (ast._tag === "Boolean") return { kind: "boolean" }
  const literals = members(ast).map((member) => (member._tag === "Literal" ? member.literal : undefined))
  if (literals.every((literal) => typeof literal === "string")) return { kind: "enum", literals }
  if (literals.every((literal) => typeof literal === "number")) return { kind: "integer" }
  return { kind: "json" }
}

/** Kind, nullability and target of a schema. */
export const inspect = (schema: AnySchema) => {
  const all = members(schema.ast)
  const present = all.filter((member) => !isNull(member))
  const nullable = present.length < all.length
  const core = present.length === 1 ? present[0]! : nullable ? undefined : schema.ast
  const info =
    core === undefined
      ? present.every((member) => member._tag === "Literal" && typeof member.literal === "string")
        ? { kind: "enum" as const, literals: present.map((member) => String((member as SchemaAST.Literal).literal)) }
        : { kind: "json" as const }
      : describe(core)
  return { nullable, ...info }
}

export const toInfo = (name: string, definition: AnySchema | AnyField): FieldInfo => {
  const { schema, access, initial } = "access" in definition ? definition : (open(definition) as AnyField)
  const { kind, nullable, ...rest } = inspect(schema)
  return {
    name,
    access,
    kind,
    nullable,
    target: "target" in rest ? rest.target : undefined,
    literals: "literals" in rest ? rest.literals : undefined,
    schema,
    initial: initial ?? (nullable ? { value: null } : undefined)
  }
}
