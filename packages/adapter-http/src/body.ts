import { Effect, Result } from "effect"
import type { Input } from "@itsm/core/kernel"
import type { Call } from "./call.ts"
import * as JsonBody from "./json-body.ts"

/** The value in the body of a call, read when it is asked for; `{}` for a body that is left out where none is needed. */
export const read = (call: Call, required: boolean) =>
  Effect.suspend(() => {
    if (call.body === undefined) return required ? Effect.fromResult(JsonBody.missing) : Effect.succeed({})
    return Effect.fromResult(JsonBody.parse(call.body))
  })

/** True for an input of which nothing is needed. */
export const mayBeLeftOut = (decode: Input.Decoder<unknown>): boolean => Result.isSuccess(decode({}))
