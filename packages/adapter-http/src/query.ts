import { Result } from "effect"
import {
  DuplicateParameter,
  InvalidParameter,
  type ParameterError,
  type ParameterProblem,
  UnknownParameter
} from "./refusal.ts"

/** The query parameters of a request, each there once and known to its route. */
export type Query = ReadonlyMap<string, string>

const none: Query = new Map()

const decode = (text: string): string | undefined => {
  if (!/[%+]/.test(text)) return text
  try {
    return decodeURIComponent(text.replaceAll("+", " "))
  } catch {
    return undefined
  }
}

const shown = (key: string) => key.slice(0, 100)

export const invalid = (parameter: string, code: string, message: string): InvalidParameter =>
  new InvalidParameter({ errors: [{ parameter: shown(parameter), code, message }] })

/** Reads a query string; refuses keys that the route does not know, keys that are there twice, and what is no text. */
export const read = (search: string, isKnown: (key: string) => boolean): Result.Result<Query, ParameterError> => {
  if (search === "") return Result.succeed(none)
  const query = new Map<string, string>()
  const unknown: Array<ParameterProblem> = []
  const twice: Array<ParameterProblem> = []
  const broken: Array<ParameterProblem> = []
  for (const part of search.split("&")) {
    if (part === "") continue
    const cut = part.indexOf("=")
    const rawKey = cut < 0 ? part : part.slice(0, cut)
    const key = decode(rawKey)
    const value = decode(cut < 0 ? "" : part.slice(cut + 1))
    if (key === undefined || value === undefined || /[\0]/.test(value)) {
      broken.push({ parameter: shown(key ?? rawKey), code: "invalid_text", message: "is not text" })
    } else if (!isKnown(key))
      unknown.push({ parameter: shown(key), code: "unknown_parameter", message: "is not known here" })
    else if (query.has(key))
      twice.push({ parameter: shown(key), code: "duplicate_parameter", message: "is given twice" })
    else query.set(key, value)
  }
  const errors = [...unknown, ...twice, ...broken].slice(0, 100)
  if (errors.length === 0) return Result.succeed(query)
  if (unknown.length > 0) return Result.fail(new UnknownParameter({ errors }))
  return Result.fail(twice.length > 0 ? new DuplicateParameter({ errors }) : new InvalidParameter({ errors }))
}

/** `true` or `false`; `otherwise` where it is left out. */
export const flag = (query: Query, key: string, otherwise = false): Result.Result<boolean, InvalidParameter> => {
  const value = query.get(key)
  if (value === undefined) return Result.succeed(otherwise)
  if (value === "true" || value === "false") return Result.succeed(value === "true")
  return Result.fail(invalid(key, "invalid_value", "must be true or false"))
}
