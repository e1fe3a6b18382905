import { Effect } from "effect"
import { createServer, type AddressInfo } from "node:net"
import { EmbeddedFailed } from "./errors.ts"

/** A port of the loopback interface that nobody listens on at this moment. */
export const freePort = Effect.callback<number, EmbeddedFailed>((resume) => {
  const server = createServer()
  server.once("error", (error) =>
    resume(Effect.fail(new EmbeddedFailed({ step: "find a free port", detail: error.message })))
  )
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})
