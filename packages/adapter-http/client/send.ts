import { ItsmError, localError, type Problem } from "./itsm-error.ts"

export interface ClientOptions {
  /** The server, with the path that its API begins with where that is not `/api/v1`: `https://itsm.example.com`. */
  readonly baseUrl: string
  /**
   * The access token of a sign-in, an API key, or the secret of a link; a function is asked before each call. Left out to
   * sign in.
   */
  readonly accessToken?: string | (() => string | Promise<string>)
  readonly fetch?: typeof globalThis.fetch
}

interface Outgoing {
  readonly method: string
  readonly path: string
  /** JSON, unless it has a form of its own. */
  readonly body?: unknown
  readonly form?: Blob | FormData
  readonly headers?: Readonly<Record<string, string>>
  /** What the answer is, where it is not JSON. */
  readonly out?: "stream" | "bytes" | undefined
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === "object" && value !== null && "code" in value && "status" in value

const unreadable = (status: number) =>
  localError("unreadable_answer", `The answer has the status ${status} and cannot be read.`)

const parsed = (text: string, status: number): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw unreadable(status)
  }
}

const startOf = (baseUrl: string) => {
  const url = baseUrl.replace(/\/+$/, "")
  return /\/api\/v\d+$/.test(url) ? url : `${url}/api/v1`
}

/** The pieces of an answer as they come; whoever stops early closes the connection. */
async function* piecesOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body === null) return
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel()
  }
}

const contentOf = ({ body, form }: Outgoing): { readonly type?: string; readonly body?: string | Blob | FormData } => {
  if (form instanceof FormData) return { body: form }
  if (form !== undefined) return { type: form.type, body: form }
  return body === undefined ? {} : { type: "application/json", body: JSON.stringify(body) }
}

/** Sends requests to one server. What it refuses, and what keeps it from answering, rejects with an `ItsmError`. */
export const sender = ({ baseUrl, accessToken, fetch = globalThis.fetch }: ClientOptions) => {
  const start = startOf(baseUrl)
  return async (outgoing: Outgoing): Promise<unknown> => {
    const { method, path, headers, out } = outgoing
    const token = typeof accessToken === "function" ? await accessToken() : accessToken
    const content = contentOf(outgoing)
    const answer = await fetch(start + path, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        accept: out === undefined ? "application/json" : "*/*",
        ...(content.type === undefined ? {} : { "content-type": content.type }),
        ...headers
      },
      ...(content.body === undefined ? {} : { body: content.body })
    }).catch((cause: unknown) => Promise.reject(localError("unreachable", `${start} cannot be reached.`, cause)))
    if (answer.ok && out === "stream") return piecesOf(answer.body)
    if (answer.ok && out === "bytes") return new Uint8Array(await answer.arrayBuffer())
    const text = await answer.text()
    const value = text === "" ? undefined : parsed(text, answer.status)
    if (answer.ok) return value
    throw isProblem(value) ? new ItsmError(value) : unreadable(answer.status)
  }
}

export type Send = ReturnType<typeof sender>
