import { Cause } from "effect"
import { type Errors, Text } from "@itsm/core/kernel"
import { type Refusal, refusals, Unavailable } from "./refusal.ts"
import type { Reply } from "./reply.ts"

/** The one place where the meaning of an error becomes a status. */
export const statusOf: Readonly<Record<Errors.ErrorKind, number>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  conflict: 409,
  stale: 412,
  invalid: 422,
  oversized: 413,
  unconditional: 428,
  limited: 429,
  unavailable: 503
}

export const defaultTypeBase = "https://itsm.dev/problems/"

/** `ValidationFailed` as `validation_failed`. */
export const codeOf = (tag: string): string => Text.snakeCase(tag)

const acronyms = /\b(json|uri|mfa|id)\b/g

/** `validation_failed` as `Validation failed`. */
export const titleOf = (code: string): string => {
  const words = code.replaceAll("_", " ").replace(acronyms, (word) => word.toUpperCase())
  return words[0]!.toUpperCase() + words.slice(1)
}

/** Where a problem is told: which request it answers, and the base of its `type`. */
export interface Setting {
  readonly typeBase: string
  readonly instance: string
  readonly requestId: string
}

const internal = new Set([
  "_tag",
  "kind",
  "message",
  "name",
  "stack",
  "cause",
  "expectedVersion",
  "currentVersion",
  "retryAfterSeconds",
  "headers",
  "detail"
])

const publicFields = (error: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(error).filter(([key, value]) => !internal.has(key) && value !== undefined))

const body = (setting: Setting, code: string, status: number, detail: string, more: object = {}): string =>
  JSON.stringify({
    type: setting.typeBase + code.replaceAll("_", "-"),
    title: titleOf(code),
    status,
    detail,
    instance: setting.instance,
    code,
    requestId: setting.requestId,
    ...more
  })

const contentType = { "Content-Type": "application/problem+json" }

const retryAfter = (error: Errors.DomainError): number => {
  const asked = (error as { readonly retryAfterSeconds?: unknown }).retryAfterSeconds
  return typeof asked === "number" && asked >= 1 ? Math.ceil(asked) : 1
}

/** Headers that an error brings along, such as those of a rate limit. */
const ownHeaders = (error: Errors.DomainError): Readonly<Record<string, string>> =>
  (error as { readonly headers?: Readonly<Record<string, string>> }).headers ?? {}

const explain = (
  error: Errors.DomainError
): { readonly detail: string; readonly headers: Readonly<Record<string, string>>; readonly more: object } => {
  const plain = { detail: error.message, headers: {}, more: publicFields(error) }
  switch (error.kind) {
    case "unauthenticated":
      return { ...plain, headers: { "WWW-Authenticate": "Bearer" } }
    case "limited":
      return { ...plain, headers: { "Retry-After": String(retryAfter(error)) } }
    case "unavailable":
      return { ...plain, headers: { "Retry-After": String(Math.min(30, retryAfter(error))) } }
    case "stale": {
      const version = (error as { readonly currentVersion?: unknown }).currentVersion
      if (typeof version !== "number") return plain
      const currentEtag = `"${version}"`
      return {
        ...plain,
        detail: `The record has changed: its ETag is ${currentEtag}.`,
        more: { ...plain.more, currentEtag }
      }
    }
    default:
      return plain
  }
}

/** The answer to a request that the domain refused. */
export const ofError = (setting: Setting, error: Errors.DomainError): Reply => {
  const { detail, headers, more } = explain(error)
  const status = statusOf[error.kind]
  return {
    status,
    body: body(setting, codeOf(error._tag), status, detail, more),
    headers: { ...contentType, ...headers, ...ownHeaders(error) }
  }
}

/** The answer to a request that was not even read. */
export const ofRefusal = (setting: Setting, refusal: Refusal): Reply => {
  const { status, detail } = refusals[refusal._tag]
  return {
    status,
    body: body(setting, codeOf(refusal._tag), status, detail),
    headers: { ...contentType, ...refusal.headers }
  }
}

const storageIsDown = (defect: unknown, depth = 0): boolean => {
  if (typeof defect !== "object" || defect === null || depth > 8) return false
  return (
    ("_tag" in defect && defect._tag === "StorageUnavailable") ||
    ("cause" in defect && storageIsDown(defect.cause, depth + 1))
  )
}

const storageUnavailable: Errors.DomainError & { readonly retryAfterSeconds: number } = {
  _tag: "StorageUnavailable",
  kind: "unavailable",
  message:
    "The storage cannot be reached. Nothing was changed, or the outcome is unknown: ask again with the same Idempotency-Key.",
  retryAfterSeconds: 2
}

const isDomainError = (error: unknown): error is Errors.DomainError =>
  typeof error === "object" &&
  error !== null &&
  "kind" in error &&
  typeof error.kind === "string" &&
  error.kind in statusOf

/** The answer to a request that failed, however it did; a defect says nothing about itself. */
export const ofCause = (
  setting: Setting,
  cause: Cause.Cause<unknown>
): { readonly reply: Reply; readonly isDefect: boolean } => {
  for (const reason of cause.reasons) {
    if (Cause.isFailReason(reason) && isDomainError(reason.error))
      return { reply: ofError(setting, reason.error), isDefect: false }
  }
  for (const reason of cause.reasons) {
    if (Cause.isDieReason(reason)) {
      return storageIsDown(reason.defect)
        ? { reply: ofError(setting, storageUnavailable), isDefect: false }
        : { reply: ofRefusal(setting, { _tag: "InternalError" }), isDefect: true }
    }
  }
  return Cause.hasInterrupts(cause)
    ? { reply: ofError(setting, new Unavailable({})), isDefect: false }
    : { reply: ofRefusal(setting, { _tag: "InternalError" }), isDefect: true }
}
