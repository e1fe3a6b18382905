import { Schema, type SchemaAST } from "effect"
import type { Kind } from "./kinds.ts"

/** What a schema says of the field that it is for. */
export interface Description {
  readonly kind: Kind
  readonly target?: string
  readonly targets?: ReadonlyArray<string>
  readonly isUnbound?: boolean
  readonly literals?: ReadonlyArray<string>
}

const isNull = (ast: SchemaAST.AST) => ast._tag === "Null" || (ast._tag === "Literal" && ast.literal === null)

const membersOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> => (ast._tag === "Union" ? ast.types : [ast])

/** The schema without null, and whether it takes it. */
export const presentOf = (ast: SchemaAST.AST): { readonly nullable: boolean; readonly present: SchemaAST.AST } => {
  const members = membersOf(ast)
  const present = members.filter((member) => !isNull(member))
  if (present.length === members.length) return { nullable: false, present: ast }
  return {
    nullable: true,
    present: present.length === 1 ? present[0]! : Schema.Union(present.map((member) => Schema.make(member))).ast
  }
}

/** What the schema was annotated with under the name, before or after further checks were put on it. */
export const annotated = (ast: SchemaAST.AST, name: string): unknown =>
  [ast.annotations, ...(ast.checks ?? []).map((check) => check.annotations)].findLast(
    (annotations) => annotations?.[name] !== undefined
  )?.[name]

const representation = (check: SchemaAST.Check<never>): string =>
  (check.annotations as { readonly representation?: { readonly id?: string } } | undefined)?.representation?.id ?? ""

const isWhole = (ast: SchemaAST.AST) =>
  (ast.checks ?? []).some((check) => representation(check as SchemaAST.Check<never>).endsWith("/isInt"))

const documents: ReadonlyArray<SchemaAST.AST["_tag"]> = [
  "Objects",
  "Arrays",
  "Unknown",
  "Any",
  "ObjectKeyword",
  "Suspend"
]

const isDocument = (ast: SchemaAST.AST): boolean =>
  documents.includes(ast._tag) ||
  (ast._tag === "Declaration" && JSON.stringify(ast.annotations?.["representation"] ?? "").includes("/Json"))

/** The kind of field that a schema, which does not take null, is for; `undefined` where there is none. */
export const describe = (ast: SchemaAST.AST): Description | undefined => {
  const given = annotated(ast, "field")
  if (given !== undefined) return given as Description
  if (ast._tag === "String") return { kind: "text" }
  if (ast._tag === "Number") return isWhole(ast) ? { kind: "integer" } : undefined
  if (ast._tag === "Boolean") return { kind: "boolean" }
  const members = membersOf(ast)
  const literals = members.map((member) => (member._tag === "Literal" ? member.literal : undefined))
  if (literals.every((literal) => typeof literal === "string")) return { kind: "enum", literals }
  if (literals.every((literal) => Number.isSafeInteger(literal))) return { kind: "integer" }
  if (ast._tag === "Union")
    return members.every((member) => describe(member) !== undefined) ? { kind: "json" } : undefined
  return isDocument(ast) ? { kind: "json" } : undefined
}
