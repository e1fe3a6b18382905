import { Effect, Result, Schema, Stream } from "effect"
import type { AnySchema } from "../model/field.ts"
import { type InputProblem, type PayloadTooLarge, ValidationFailed } from "../model/errors.ts"
import { decoder } from "../model/input.ts"

/** A piece of a stream that goes in or out; text goes as UTF-8. */
export type Chunk = string | Uint8Array

const mebibyte = 1024 * 1024

/** An answer that goes out as it is made, piece by piece: nothing holds the whole of it. */
export interface StreamOutput {
  readonly kind: "stream"
  readonly mediaType: string
}

/** An answer that is whole before it goes out, such as a picture. */
export interface BytesOutput {
  readonly kind: "bytes"
  readonly mediaType: string
}

/** What an operation answers with: JSON of a schema, or something else. */
export type Output = AnySchema | StreamOutput | BytesOutput

/** What `run` gives for an output. */
export type OutputOf<O> = O extends StreamOutput
  ? Stream.Stream<Chunk, unknown>
  : O extends BytesOutput
    ? Uint8Array
    : O extends Schema.Codec<infer A, any, never, never>
      ? A
      : never

export const stream = (mediaType: string): StreamOutput => ({ kind: "stream", mediaType })
export const bytes = (mediaType: string): BytesOutput => ({ kind: "bytes", mediaType })

/** The schema of an output that is JSON. */
export const schemaOf = (output: Output): AnySchema | undefined =>
  "kind" in output && !Schema.isSchema(output) ? undefined : (output as AnySchema)

/** A record of a stream of them, or what is wrong with it; lines are counted from 1. */
export interface Line<A> {
  readonly line: number
  readonly record: Result.Result<A, ValidationFailed>
}

/** One part of an upload. Its content is read before the next part is asked for. */
export interface Part {
  readonly name: string
  /** `null` for a field that is no file. */
  readonly fileName: string | null
  readonly mediaType: string
  readonly content: Stream.Stream<Uint8Array, PayloadTooLarge | ValidationFailed>
}

/** An input that is read as it comes, and never whole. It can be read once. */
export interface Upload<In> {
  readonly kind: "lines" | "parts"
  readonly mediaType: string
  /** Of the whole body; one byte more is refused with 413. */
  readonly maxBytes: number
  /** Of one record of a stream of them. */
  readonly schema: AnySchema
  readonly decode: (raw: unknown) => Result.Result<In, ValidationFailed>
}

export type Lines<A> = Stream.Stream<Line<A>, PayloadTooLarge | ValidationFailed>
export type Parts = Stream.Stream<Part, PayloadTooLarge | ValidationFailed>

/** What a caller hands to a method that takes such an input. */
export type GivenOf<In> = [In] extends [Lines<infer A>]
  ? AsyncIterable<A> | Iterable<A>
  : [In] extends [Parts]
    ? AsyncIterable<GivenPart> | Iterable<GivenPart>
    : In

/** A part as callers in process, and those of the client, give it. */
export interface GivenPart {
  readonly name: string
  readonly fileName?: string
  readonly mediaType?: string
  readonly content: AsyncIterable<Uint8Array> | Uint8Array | Part["content"]
}

/** One record as it comes from outside: a value, or what kept it from being one. */
export type RawLine = Result.Result<unknown, InputProblem>

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value
const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.iterator in value

const unreadable = () => ValidationFailed.at("", "unreadable", "could not be read to its end")

const itemsOf = (raw: unknown): Stream.Stream<unknown, PayloadTooLarge | ValidationFailed> | undefined => {
  if (Stream.isStream(raw)) return raw as Stream.Stream<unknown, PayloadTooLarge | ValidationFailed>
  if (isAsyncIterable(raw)) return Stream.fromAsyncIterable(raw, unreadable)
  return isIterable(raw) ? Stream.fromIterable(raw) : undefined
}

const notAStream = () => Result.fail(ValidationFailed.at("", "invalid_type", "must be a stream"))

const atLine = (failed: ValidationFailed, line: number) =>
  new ValidationFailed({ errors: failed.errors.map((problem) => ({ ...problem, line })) })

/**
 * Records of a schema, one on each line (`application/x-ndjson`). A record that is wrong stands in the stream with all
 * that is wrong with it, under its line; what to make of it is the operation's business.
 */
export const lines = <A>(
  schema: Schema.Codec<A, any, never, never>,
  { maxBytes = 50 * mebibyte }: { readonly maxBytes?: number } = {}
): Upload<Lines<A>> => {
  const decode = decoder(schema)
  const lineOf = (item: unknown, index: number): Line<A> => {
    const line = index + 1
    const value = Result.isResult(item) ? (item as RawLine) : Result.succeed(item)
    const record = Result.isFailure(value)
      ? Result.fail(new ValidationFailed({ errors: [value.failure] }))
      : decode(value.success)
    return { line, record: Result.mapError(record, (failed) => atLine(failed, line)) }
  }
  return {
    kind: "lines",
    mediaType: "application/x-ndjson",
    maxBytes,
    schema,
    decode: (raw) => {
      const items = itemsOf(raw)
      return items === undefined
        ? notAStream()
        : Result.succeed(
            Stream.mapAccum(
              items,
              () => 0,
              (index, item) => [index + 1, [lineOf(item, index)]]
            )
          )
    }
  }
}

/** The records of a stream that has no wrong ones: it fails at the first, with the line and the pointer into it. */
export const valid = <A>(records: Lines<A>): Stream.Stream<A, PayloadTooLarge | ValidationFailed> =>
  Stream.mapEffect(records, ({ record }) => Effect.fromResult(record))

const contentOf = (content: GivenPart["content"]): Part["content"] => {
  if (content instanceof Uint8Array) return Stream.make(content)
  return Symbol.asyncIterator in content ? Stream.fromAsyncIterable(content, unreadable) : content
}

const partOf = (given: GivenPart): Part => ({
  name: given.name,
  fileName: given.fileName ?? null,
  mediaType: given.mediaType ?? "application/octet-stream",
  content: contentOf(given.content)
})

/** The parts of a form with files (`multipart/form-data`), in the order in which they were sent. */
export const parts = ({ maxBytes = 25 * mebibyte }: { readonly maxBytes?: number } = {}): Upload<Parts> => ({
  kind: "parts",
  mediaType: "multipart/form-data",
  maxBytes,
  schema: Schema.Record(Schema.String, Schema.String).annotate({ identifier: "Form" }),
  decode: (raw) => {
    const items = itemsOf(raw)
    return items === undefined ? notAStream() : Result.succeed(Stream.map(items, (item) => partOf(item as GivenPart)))
  }
})

/** True for an input that is read as it comes. */
export const isUpload = (input: unknown): input is Upload<unknown> =>
  typeof input === "object" && input !== null && "maxBytes" in input && "decode" in input
