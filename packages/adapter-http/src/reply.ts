/** An answer before the headers that every answer carries. Header names are in `Train-Case`. */
export interface Reply {
  readonly status: number
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream | null
  readonly headers: Readonly<Record<string, string>>
}

export const jsonType = "application/json; charset=utf-8"

const jsonHeaders = { "Content-Type": jsonType }

/** JSON text that is already made. */
export const text = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  body,
  headers: { ...jsonHeaders, ...headers }
})

export const json = (status: number, value: unknown, headers?: Readonly<Record<string, string>>): Reply =>
  text(status, JSON.stringify(value), headers)

export const empty = (status: number, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  body: null,
  headers
})

/** What every answer says to browsers and caches; pages of documents replace the policy by their own. */
const always = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"
}

export const toResponse = (reply: Reply, requestId: string): Response =>
  new Response(reply.body, {
    status: reply.status,
    headers: { ...always, "X-Request-Id": requestId, ...reply.headers }
  })

export const isReply = (value: unknown): value is Reply =>
  typeof value === "object" &&
  value !== null &&
  "status" in value &&
  "body" in value &&
  "headers" in value &&
  typeof value.status === "number"
