import { Schema, SchemaAST } from "effect"
import { Entity, Text } from "@itsm/core/kernel"
import type { AnyCodec } from "../endpoint.ts"

type Ast = SchemaAST.AST

const byFormat: Readonly<Record<string, string>> = {
  uuid: "0192f0c1-7d2a-7c3e-8a4b-5c6d7e8f9a0b",
  "date-time": "2026-11-21T08:30:00.000Z",
  date: "2026-11-21"
}

/** Texts and numbers of the usual forms: the first that its schema takes is the example. */
const texts = [
  "example",
  "EX-000001",
  "ann@acme.example",
  "https://acme.example/",
  "2026-11-21",
  "08:30",
  "#336699",
  "UTC",
  "0 8 * * 1-5",
  "+49 30 123456",
  "192.0.2.1",
  "1.0",
  "EUR",
  "x",
  "x".repeat(8),
  "x".repeat(16),
  "x".repeat(40),
  byFormat["uuid"]!
]
const numbers = [1, 2, 3, 5, 0, 10, 15, 60, 100, 1000, 3600, 0.5, -1]

const sentence = (name: string) => {
  const words = Text.snakeCase(name).replaceAll("_", " ")
  return words[0]!.toUpperCase() + words.slice(1)
}

const firstFit = <A>(ast: Ast, candidates: ReadonlyArray<A>): A => {
  const fits = Schema.is(Schema.make(ast) as unknown as AnyCodec)
  return candidates.find((candidate) => fits(candidate)) ?? candidates[0]!
}

const isNull = (ast: Ast) => ast._tag === "Null"

/** What an organization adds, an example of an input leaves out. */
const objectOf = (ast: SchemaAST.Objects): unknown =>
  Object.fromEntries(
    ast.propertySignatures
      .filter(({ name, type }) => !(name in Entity.addedFields && SchemaAST.isOptional(type)))
      .map(({ name, type }) => [String(name), valueOf(type, String(name))])
  )

const arrayOf = (ast: SchemaAST.Arrays, name: string): unknown => {
  const elements = ast.elements.map((element) => valueOf(element, name))
  const [item] = ast.rest
  return item === undefined || isNull(item) ? elements : [...elements, valueOf(item, name)]
}

/** A value that the schema takes, the same each time; `examples` of the schema come first. */
const valueOf = (ast: Ast, name: string): unknown => {
  const annotations = SchemaAST.resolve(ast)
  const [given] = (annotations?.examples ?? []) as ReadonlyArray<unknown>
  if (given !== undefined) return given
  switch (ast._tag) {
    case "String": {
      const formatted = byFormat[String(annotations?.["format"])]
      return firstFit(ast, [...(formatted === undefined ? [] : [formatted]), sentence(name), ...texts])
    }
    case "Number":
      return firstFit(ast, numbers)
    case "Boolean":
      return false
    case "Literal":
      return ast.literal
    case "Union":
      return valueOf(ast.types.find((type) => !isNull(type)) ?? ast.types[0]!, name)
    case "Objects":
      return objectOf(ast)
    case "Arrays":
      return arrayOf(ast, name)
    case "Suspend":
      return null
    case "Null":
      return null
    default:
      return {}
  }
}

/** What an answer of this schema looks like. */
export const ofAnswer = (schema: AnyCodec): unknown => valueOf(SchemaAST.toEncoded(schema.ast), "example")

/** What a request of this schema looks like: without references to other records, where none is needed. */
export const ofRequest = (schema: AnyCodec): unknown => {
  const ast = SchemaAST.toEncoded(schema.ast)
  const example = valueOf(ast, "example")
  if (ast._tag !== "Objects" || SchemaAST.resolve(ast)?.examples !== undefined) return example
  const dropped = new Set(
    ast.propertySignatures.filter(({ type }) => isOptionalReference(type)).map(({ name }) => String(name))
  )
  return Object.fromEntries(Object.entries(example as object).filter(([name]) => !dropped.has(name)))
}

const isReference = (ast: Ast): boolean =>
  SchemaAST.resolve(ast)?.["format"] === "uuid" || (ast._tag === "Union" && ast.types.some(isReference))
const isOptionalReference = (ast: Ast): boolean => SchemaAST.isOptional(ast) && isReference(ast)
