import { Effect } from "effect"
import type { Content } from "@itsm/core/kernel"
import type { Call } from "../call.ts"
import { countedBody } from "./counted.ts"
import { linesOf } from "./lines.ts"
import { partsOf } from "./multipart.ts"

/** What an operation that reads its body as it comes is given: nothing of it is read before the operation does. */
export const read = (call: Call, { kind, maxBytes }: Content.Upload<unknown>) =>
  Effect.sync(() => {
    const body = countedBody(call, maxBytes)
    return kind === "lines" ? linesOf(body) : partsOf(body, call.request.headers.get("content-type") ?? "")
  })
