import { Effect, Stream } from "effect"
import { Content, Errors, Query } from "@itsm/core/kernel"
import * as Body from "../body.ts"
import type { Call } from "../call.ts"
import { read as readQuery } from "../query.ts"
import * as Reply from "../reply.ts"
import * as Uploads from "../uploads/index.ts"
import { asParameters, inputOf } from "./text-input.ts"

const utf8 = new TextEncoder()

const isText = (mediaType: string) => mediaType.startsWith("text/") && !mediaType.includes("charset")
const typeOf = (mediaType: string) => (isText(mediaType) ? `${mediaType}; charset=utf-8` : mediaType)

/** The stream as the body of an answer: it is made as fast as it is read, and ends when nobody reads it any more. */
const streamed = (chunks: Stream.Stream<Content.Chunk, unknown>) =>
  Stream.toReadableStreamEffect(
    chunks.pipe(
      Stream.map((chunk) => (typeof chunk === "string" ? utf8.encode(chunk) : chunk)),
      Stream.tapCause((cause) => Effect.logError("an answer broke off", cause))
    )
  )

const replyOf = Effect.fnUntraced(function* (call: Call, output: Content.Output, answer: unknown) {
  if (Content.schemaOf(output) !== undefined) return Reply.json(200, answer)
  const { kind, mediaType } = output as Content.StreamOutput | Content.BytesOutput
  const headers = { "Content-Type": typeOf(mediaType) }
  if (call.request.method === "HEAD") return Reply.empty(200, headers)
  const body =
    kind === "stream"
      ? yield* streamed(answer as Stream.Stream<Content.Chunk, unknown>)
      : new Uint8Array(answer as Uint8Array)
  return { status: 200, body, headers } satisfies Reply.Reply
})

const bodyRequired = (query: Query.AnyQuery) => query.upload === undefined && !Body.mayBeLeftOut(query.decode)

/** Answers a call with a query. The kernel settles permission and visibility before the input is read. */
export const run = (query: Query.AnyQuery) => {
  const { upload } = query
  const texts = query.takesBody ? undefined : inputOf(query.input)
  const isKnown = texts?.isKnown ?? (() => false)
  const needsBody = query.takesBody && bodyRequired(query)
  return Effect.fnUntraced(function* (call: Call) {
    const id = call.params["id"]
    const parameters = Effect.suspend(() => Effect.fromResult(readQuery(call.search, isKnown)))
    const input = Effect.flatMap(parameters, (given): Effect.Effect<unknown, Errors.DomainError> => {
      if (texts !== undefined) return Effect.succeed(texts.read(given))
      return upload === undefined ? Body.read(call, needsBody) : Uploads.read(call, upload)
    })
    const answer = yield* Query.ask(query as Query.Query<unknown, unknown, Errors.DomainError>, {
      ...(id === undefined ? {} : { id }),
      input
    }).pipe(
      Effect.mapError((error): Errors.DomainError =>
        texts !== undefined && error instanceof Errors.ValidationFailed ? asParameters(error) : error
      )
    )
    return yield* replyOf(call, query.output, answer)
  })
}
