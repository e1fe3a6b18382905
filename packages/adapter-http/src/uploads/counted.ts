import { Effect, Stream } from "effect"
import { Errors } from "@itsm/core/kernel"
import type { Call } from "../call.ts"
import { MalformedBody } from "../refusal.ts"

const brokenOff = () => new MalformedBody({ detail: "The body ended before it was complete." })

export type UploadError = Errors.PayloadTooLarge | MalformedBody

/** The body of a call as it comes, no further than the limit. Whoever stops reading closes it. */
export const countedBody = (call: Call, maxBytes: number): Stream.Stream<Uint8Array, UploadError> => {
  const { upload } = call
  if (upload === undefined) return Stream.empty
  let size = 0
  return Stream.mapEffect(
    Stream.fromReadableStream({ evaluate: () => upload, onError: brokenOff }),
    (chunk): Effect.Effect<Uint8Array, Errors.PayloadTooLarge> => {
      size += chunk.byteLength
      return size > maxBytes ? Effect.fail(new Errors.PayloadTooLarge({ maxBytes })) : Effect.succeed(chunk)
    }
  )
}
