import { Schema, SchemaAST } from "effect"
import type { Errors } from "@itsm/core/kernel"
import type { AnyCodec, Parameter } from "../endpoint.ts"
import { componentsOf } from "../openapi/components.ts"
import type { JsonSchema } from "../openapi/json-schema.ts"
import { InvalidParameter } from "../refusal.ts"

type Ast = SchemaAST.AST

const number = /^-?\d{1,15}(\.\d{1,15})?$/

/** The value that a text stands for where a schema is expected; the text itself where it stands for none. */
const valueOf = (ast: Ast, text: string): unknown => {
  switch (ast._tag) {
    case "Number":
      return number.test(text) ? Number(text) : text
    case "Boolean":
      return text === "true" ? true : text === "false" ? false : text
    case "Literal":
      return String(ast.literal) === text ? ast.literal : text
    case "Union": {
      const values = ast.types.map((type) => valueOf(type, text))
      return values.find((value) => value !== text) ?? text
    }
    case "Arrays": {
      const [item] = ast.rest
      return item === undefined ? text : text.split(",").map((part) => valueOf(item, part))
    }
    default:
      return text
  }
}

interface Named {
  readonly name: string
  readonly type: Ast
  readonly isOptional: boolean
}

const fieldsOf = (input: AnyCodec): ReadonlyArray<Named> => {
  const ast = SchemaAST.toEncoded(input.ast)
  return ast._tag === "Objects"
    ? ast.propertySignatures.map(({ name, type }) => ({
        name: String(name),
        type,
        isOptional: SchemaAST.isOptional(type)
      }))
    : []
}

const withoutRefs = (schema: unknown, definitions: Readonly<Record<string, JsonSchema>>): unknown => {
  if (Array.isArray(schema)) return schema.map((part) => withoutRefs(part, definitions))
  if (typeof schema !== "object" || schema === null) return schema
  const name = "$ref" in schema ? String(schema.$ref).split("/").at(-1)! : undefined
  const whole = name === undefined ? schema : (definitions[name] ?? {})
  return Object.fromEntries(Object.entries(whole).map(([key, part]) => [key, withoutRefs(part, definitions)]))
}

/** The parameters that an input has where it comes as the query of a URL. */
export const parametersOf = (input: AnyCodec): ReadonlyArray<Parameter> =>
  fieldsOf(input).map(({ name, type, isOptional }) => {
    const field = Schema.make(type) as unknown as AnyCodec
    const { of, definitions } = componentsOf([field])
    const { description, ...schema } = withoutRefs(of(field), definitions) as JsonSchema & { description?: string }
    return { name, description: description ?? `The \`${name}\`.`, schema, ...(isOptional ? {} : { required: true }) }
  })

/** Reads the texts of a query as an input; what they should be instead is the input's own schema to say. */
export const inputOf = (input: AnyCodec) => {
  const types = new Map(fieldsOf(input).map(({ name, type }) => [name, type]))
  return {
    isKnown: (key: string) => types.has(key),
    read: (query: ReadonlyMap<string, string>): Readonly<Record<string, unknown>> =>
      Object.fromEntries([...query].map(([name, text]) => [name, valueOf(types.get(name)!, text)]))
  }
}

const parameterIn = (pointer: string) => (pointer.split("/")[1] ?? "").replaceAll("~1", "/").replaceAll("~0", "~")

/** What is wrong with an input that came as parameters: the request cannot be read. */
export const asParameters = ({ errors }: Errors.ValidationFailed): InvalidParameter =>
  new InvalidParameter({
    errors: errors.map(({ pointer, code, message }) => ({ parameter: parameterIn(pointer), code, message }))
  })
