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

/** The answer with `more`, the headers that all answers carry; what the reply says itself comes first. */
export const toResponse = (reply: Reply, requestId: string, more: Readonly<Record<string, string>>): Response =>
  new Response(reply.body, {
    status: reply.status,
    headers: { ...more, "X-Request-Id": requestId, ...reply.headers }
  })

export const isReply = (value: unknown): value is Reply =>
  typeof value === "object" &&
  value !== null &&
  "status" in value &&
  "body" in value &&
  "headers" in value &&
  typeof value.status === "number"
