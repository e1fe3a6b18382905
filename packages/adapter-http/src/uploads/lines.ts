import { Effect, Result, Stream } from "effect"
import { type Content, Errors } from "@itsm/core/kernel"
import * as JsonBody from "../json-body.ts"
import type { UploadError } from "./counted.ts"

/** Of one record: what is longer is no line. */
const maxLine = 1024 * 1024
const newline = 0x0a

interface Rest {
  readonly pieces: ReadonlyArray<Uint8Array>
  readonly size: number
}

const nothing: Rest = { pieces: [], size: 0 }

const recordOf = (line: Uint8Array): Content.RawLine =>
  Result.mapError(JsonBody.parse(line), () => ({
    pointer: "",
    code: "malformed_json",
    message: "must be a JSON object in UTF-8, without a name twice and not too deep"
  }))

/** The lines that end in a chunk, and what is left over of it. */
const cut = (rest: Rest, chunk: Uint8Array): readonly [Rest, ReadonlyArray<Uint8Array>] => {
  const lines: Array<Uint8Array> = []
  let { pieces, size } = rest
  let from = 0
  for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
    lines.push(Buffer.concat([...pieces, chunk.subarray(from, end)]))
    pieces = []
    size = 0
    from = end + 1
  }
  const left = chunk.subarray(from)
  return [left.length === 0 ? { pieces, size } : { pieces: [...pieces, left], size: size + left.length }, lines]
}

/** The records of a body that has one on each line; the last line may do without its end. */
export const linesOf = (body: Stream.Stream<Uint8Array, UploadError>): Stream.Stream<Content.RawLine, UploadError> =>
  body.pipe(
    Stream.mapAccumEffect(
      () => nothing,
      (rest, chunk) => {
        const [left, lines] = cut(rest, chunk)
        return left.size > maxLine || lines.some((line) => line.length > maxLine)
          ? Effect.fail(new Errors.PayloadTooLarge({ maxBytes: maxLine }))
          : Effect.succeed([left, lines] as const)
      },
      { onHalt: ({ pieces, size }) => (size === 0 ? [] : [Buffer.concat(pieces)]) }
    ),
    Stream.map(recordOf)
  )
