/** Gives the headers of all answers to a request. */
export type AnswerHeaders = (request: Pick<Request, "headers">) => Readonly<Record<string, string>>

interface Settings {
  /** True where the server is reached by https: browsers then come by nothing else for a year. */
  readonly isHttps?: boolean
  /** Where scripts come from that may read the answers. */
  readonly corsOrigins?: ReadonlyArray<string>
}

/** What every answer says to browsers and caches; pages of documents replace the policy by their own. */
export const securityHeaders = (isHttps: boolean): Readonly<Record<string, string>> => ({
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  ...(isHttps ? { "Strict-Transport-Security": "max-age=31536000; includeSubDomains" } : {})
})

const exposed =
  "ETag, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Idempotency-Replayed, Dry-Run, Allow, WWW-Authenticate"
const readable =
  "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Last-Event-ID, X-Request-Id, X-Access-Reason, X-Organization"
const preflightSeconds = 600

/** Security headers for all, and for the scripts of listed origins leave to read the answer. No cookie is ever taken. */
export const makeAnswerHeaders = ({ isHttps = false, corsOrigins = [] }: Settings): AnswerHeaders => {
  const always = securityHeaders(isHttps)
  if (corsOrigins.length === 0) return () => always
  const foreign = { ...always, Vary: "Origin" }
  const listed = new Map(
    corsOrigins.map((origin) => [
      origin,
      { ...foreign, "Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": exposed }
    ])
  )
  return ({ headers }) => listed.get(headers.get("origin") ?? "") ?? foreign
}

/** What a browser asks before a script of a listed origin may send its request. */
export const preflightHeaders = (
  headersFor: AnswerHeaders,
  request: Pick<Request, "headers">,
  allowed: ReadonlyArray<string>
): Readonly<Record<string, string>> =>
  "Access-Control-Allow-Origin" in headersFor(request) && request.headers.has("access-control-request-method")
    ? {
        "Access-Control-Allow-Methods": allowed.join(", "),
        "Access-Control-Allow-Headers": readable,
        "Access-Control-Max-Age": String(preflightSeconds),
        Vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
      }
    : {}
