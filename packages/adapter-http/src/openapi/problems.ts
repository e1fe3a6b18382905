import { Errors } from "@itsm/core/kernel"
import { isOutside } from "../auth/operator-access.ts"
import type { Endpoint } from "../endpoint.ts"
import { RateLimited } from "../limits/rate-limits.ts"
import { codeOf, defaultTypeBase, statusOf, titleOf } from "../problem.ts"
import { DuplicateParameter, InvalidParameter, MalformedJson, refusals, UnknownParameter } from "../refusal.ts"
import type { JsonSchema } from "./json-schema.ts"
import { shortName } from "./short-name.ts"

/** The body of every error, as RFC 9457 has it. */
export const problemSchema: JsonSchema = {
  type: "object",
  description: "What went wrong, as RFC 9457 says it. `code` is the stable key.",
  required: ["type", "title", "status", "detail", "instance", "code", "requestId"],
  examples: [
    {
      type: `${defaultTypeBase}not-found`,
      title: titleOf("not_found"),
      status: 404,
      detail: "There is nothing here that you may see.",
      instance: "/api/v1/incidents/",
      code: "not_found",
      requestId: "0192f0c1-7d2a-7c3e-8a4b-5c6d7e8f9a0b"
    }
  ],
  properties: {
    type: { type: "string", format: "uri" },
    title: { type: "string" },
    status: { type: "integer", minimum: 400, maximum: 599 },
    detail: { type: "string" },
    instance: { type: "string" },
    code: { type: "string" },
    requestId: { type: "string" },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["code", "message"],
        properties: {
          pointer: { type: "string", description: "RFC 6901, into the body" },
          parameter: { type: "string", description: "the name of a query parameter" },
          code: { type: "string" },
          message: { type: "string" }
        }
      }
    },
    currentState: { type: "string" },
    allowedActions: { type: "array", items: { type: "string" } },
    guard: { type: "string" },
    reason: { type: "string" },
    permission: { type: "string" },
    currentEtag: { type: "string" },
    existingId: { type: "string" }
  }
}

/** Headers of all answers, where the server counts requests. */
export const everywhere: ReadonlyArray<string> = ["X-Request-Id", "RateLimit-Policy", "RateLimit"]

interface Possible {
  readonly status: number
  readonly code: string
}

const ofClass = ({ identifier, kind }: Errors.ErrorClass): Possible => ({
  status: statusOf[kind],
  code: codeOf(identifier)
})
const ofRefusal = (tag: keyof typeof refusals): Possible => ({ status: refusals[tag].status, code: codeOf(tag) })
const ofCode = (status: number, ...codes: ReadonlyArray<string>): ReadonlyArray<Possible> =>
  codes.map((code) => ({ status, code }))

const always: ReadonlyArray<Possible> = [
  ofRefusal("NotAcceptable"),
  ofRefusal("UriTooLong"),
  ofRefusal("HeadersTooLarge"),
  ofRefusal("InternalError"),
  ofClass(RateLimited),
  ...ofCode(503, "storage_unavailable", "unavailable")
]
const withActor = ofCode(401, "unauthenticated", "token_expired", "token_invalid", "session_revoked")
const withLink = ofCode(401, "unauthenticated", "token_invalid")
const withOperator = ofCode(403, "reason_required")
const withBody: ReadonlyArray<Possible> = [
  ofRefusal("PayloadTooLarge"),
  ofRefusal("UnsupportedMediaType"),
  ofClass(MalformedJson),
  ofClass(Errors.ValidationFailed)
]

const byStatus = (all: ReadonlyArray<Possible>): ReadonlyMap<number, ReadonlyArray<string>> =>
  new Map(
    [...Map.groupBy(all, ({ status }) => status)]
      .toSorted(([a], [b]) => a - b)
      .map(([status, group]) => [status, [...new Set(group.map(({ code }) => code))]])
  )

/** The codes that every operation can answer with. */
const commonProblems = byStatus(always)

/** The codes that an operation can answer with, by status, where they are not just those of every operation. */
export const possibleProblems = (endpoint: Endpoint<never>): ReadonlyMap<number, ReadonlyArray<string>> => {
  const all: ReadonlyArray<Possible> = [
    ...always,
    ...(endpoint.access === "actor" ? withActor : endpoint.access === "token" ? withLink : []),
    ...(endpoint.access === "actor" && !isOutside(endpoint.path) ? withOperator : []),
    // a body is read wherever there may be one, if only to refuse it
    ...(endpoint.method === "GET" ? [] : withBody),
    ofClass(UnknownParameter),
    ofClass(InvalidParameter),
    ...(endpoint.query.length > 0 ? [ofClass(DuplicateParameter)] : []),
    ...endpoint.errors.map(ofClass)
  ]
  return new Map(
    [...byStatus(all)].filter(([status, codes]) => codes.length > (commonProblems.get(status)?.length ?? 0))
  )
}

const refs = (names: ReadonlyArray<string>): JsonSchema =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))

const told = (status: number, codes: ReadonlyArray<string>): JsonSchema => ({
  type: "object",
  properties: { status: { const: status }, code: { enum: codes } }
})

const problem: JsonSchema = { $ref: "#/components/schemas/Problem" }

/** What every operation answers where nothing else is said of a status. */
export const commonResponse: JsonSchema = {
  description: "What stands in the way of any request.",
  headers: refs([...everywhere, "Retry-After"]),
  content: {
    "application/problem+json": {
      schema: { allOf: [problem, { anyOf: [...commonProblems].map(([status, codes]) => told(status, codes)) }] }
    }
  }
}

/** The component that answers of one status with these codes share. */
export const problemResponse = (
  status: number,
  codes: ReadonlyArray<string>
): readonly [name: string, response: JsonSchema] => [
  codes.length === 1 ? `${status}.${codes[0]}` : shortName(String(status), codes),
  {
    description: codes.map((code) => `\`${code}\``).join(", "),
    headers: {
      ...refs(everywhere),
      ...(status === 401 ? { "WWW-Authenticate": { $ref: "#/components/headers/WWW-Authenticate" } } : {}),
      ...(status === 429 || status === 503 ? { "Retry-After": { $ref: "#/components/headers/Retry-After" } } : {})
    },
    content: {
      "application/problem+json": {
        schema: {
          allOf: [problem, told(status, codes)]
        }
      }
    }
  }
]
