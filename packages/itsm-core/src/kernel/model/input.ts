import { Result, Schema, type SchemaAST, SchemaIssue } from "effect"
import type { InputProblem } from "./errors.ts"
import { ValidationFailed } from "./errors.ts"
import { annotated } from "./kind-of-schema.ts"
import { pointerTo } from "./pointer.ts"
import { isUnstorable } from "./text.ts"

const maxItems = 1000
const maxDepth = 64

/** Text that no store can keep, and what is too long or too deep, wherever it stands in the input. */
const unfit = (value: unknown, path: ReadonlyArray<PropertyKey>, found: Array<InputProblem>): void => {
  if (path.length > maxDepth) {
    found.push({
      pointer: pointerTo(path.slice(0, 1)),
      code: "too_deep",
      message: `must not be nested deeper than ${maxDepth} levels`
    })
    return
  }
  if (typeof value === "string") {
    if (isUnstorable(value))
      found.push({
        pointer: pointerTo(path),
        code: "invalid_text",
        message: "must not hold NUL or half a surrogate pair"
      })
  } else if (Array.isArray(value)) {
    if (value.length > maxItems)
      found.push({ pointer: pointerTo(path), code: "too_many", message: `must have at most ${maxItems} items` })
    else value.forEach((item, index) => unfit(item, [...path, index], found))
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (isUnstorable(key))
        found.push({
          pointer: pointerTo(path),
          code: "invalid_text",
          message: "must not have a name with NUL or half a surrogate pair"
        })
      unfit(item, [...path, key], found)
    }
  }
}

const filterCodes: ReadonlyArray<readonly [RegExp, string]> = [
  [/isBetween$|isGreater|isLess|isInt$|isFinite$|isMultiple/, "out_of_range"],
  [/isMax(Length|CodePoints|Size|Properties)/, "too_long"],
  [/isMin(Length|CodePoints|Size|Properties)|isNonEmpty/, "too_short"],
  [/isBetween(Length|CodePoints|Size)/, "invalid_length"],
  [/isPattern|isUUID|isStartingWith/, "invalid_format"],
  [/isUnique/, "not_unique"]
]

const filterCode = (issue: SchemaIssue.Filter): string => {
  const annotations = issue.filter.annotations as
    | { readonly code?: string; readonly representation?: { readonly id?: string } }
    | undefined
  const id = annotations?.representation?.id ?? ""
  return annotations?.code ?? filterCodes.find(([pattern]) => pattern.test(id))?.[1] ?? "invalid_value"
}

const messages = SchemaIssue.makeFormatterStandardSchemaV1()
const sentence = (issue: SchemaIssue.Issue): string => {
  const message = messages(issue).issues[0]?.message ?? "is not valid"
  return message.replace(/^Expected /, "must be ").replace(/, (got|actual) .*$/s, "")
}

/** What a schema itself says is wrong with a value that it does not take. */
const ownCode = (ast: SchemaAST.AST): { readonly code: string; readonly problem: string } | undefined => {
  const [code, problem] = [annotated(ast, "code"), annotated(ast, "problem")]
  return typeof code === "string" && typeof problem === "string" ? { code, problem } : undefined
}

const problems = (
  issue: SchemaIssue.Issue,
  path: ReadonlyArray<PropertyKey>,
  readOnly: ReadonlySet<string>
): ReadonlyArray<InputProblem> => {
  const at = (code: string, message: string): ReadonlyArray<InputProblem> => [
    { pointer: pointerTo(path), code, message }
  ]
  switch (issue._tag) {
    case "Pointer":
      return problems(issue.issue, [...path, ...issue.path], readOnly)
    case "Composite":
      return issue.issues.flatMap((part) => problems(part, path, readOnly))
    case "MissingKey":
      return at("required", "is required")
    case "UnexpectedKey":
      return [unexpected(path, readOnly)]
    case "Filter": {
      if (issue.issue._tag === "Pointer") return problems(issue.issue, path, readOnly)
      const expected = (issue.filter.annotations as { readonly description?: string } | undefined)?.description
      return at(filterCode(issue), expected === undefined ? sentence(issue) : `must be ${expected}`)
    }
    case "AnyOf": {
      const own = ownCode(issue.ast)
      if (own !== undefined) return at(own.code, own.problem)
      return issue.issues.length === 1
        ? problems(issue.issues[0]!, path, readOnly)
        : at(
            issue.ast._tag === "Union" && issue.ast.types.every((type) => type._tag === "Literal")
              ? "invalid_value"
              : "invalid_type",
            sentence(issue)
          )
    }
    case "Encoding":
      return problems(issue.issue, path, readOnly)
    case "InvalidType":
      return at(
        issue.ast._tag === "Literal" || issue.ast._tag === "Union" ? "invalid_value" : "invalid_type",
        sentence(issue)
      )
    case "InvalidValue":
      return at("invalid_value", sentence(issue))
    default:
      return at("invalid_value", sentence(issue))
  }
}

export type Decoder<T> = (raw: unknown) => Result.Result<T, ValidationFailed>

/**
 * Reads an input and names everything that is wrong with it. Nothing is dropped or repaired: unknown fields are refused,
 * and fields that only the system writes (`readOnly`) are told apart from them.
 */
export const decoder = <T>(
  schema: Schema.Codec<T, any, never, never>,
  readOnly: ReadonlySet<string> = new Set()
): Decoder<T> => {
  const decode = Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })
  const { ast } = schema
  // a struct without fields would take anything that is not null
  const takesNothing = ast._tag === "Objects" && ast.propertySignatures.length + ast.indexSignatures.length === 0
  return (raw) => {
    if (takesNothing) return readNothing(raw, readOnly) as Result.Result<T, ValidationFailed>
    const found: Array<InputProblem> = []
    unfit(raw, [], found)
    if (found.length > 0) return Result.fail(new ValidationFailed({ errors: found }))
    return Result.mapError(
      decode(raw),
      (error) => new ValidationFailed({ errors: dedupe(problems(error.issue, [], readOnly)) })
    )
  }
}

const unexpected = (path: ReadonlyArray<PropertyKey>, readOnly: ReadonlySet<string>): InputProblem =>
  path.length === 1 && readOnly.has(String(path[0]))
    ? { pointer: pointerTo(path), code: "read_only_field", message: "is set by the system and cannot be written" }
    : { pointer: pointerTo(path), code: "unknown_field", message: "is not a field of this input" }

const readNothing = (raw: unknown, readOnly: ReadonlySet<string>): Result.Result<object, ValidationFailed> => {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    return Result.fail(ValidationFailed.at("", "invalid_type", "must be an object"))
  }
  const errors = Object.keys(raw).map((key) => unexpected([key], readOnly))
  return errors.length === 0 ? Result.succeed({}) : Result.fail(new ValidationFailed({ errors }))
}

const dedupe = (errors: ReadonlyArray<InputProblem>) => [
  ...new Map(errors.map((error) => [`${error.pointer} ${error.code}`, error])).values()
]
