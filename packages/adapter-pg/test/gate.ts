import { Effect } from "effect"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"

/** A way to a server that can be shut, be left open with nobody there, or lead elsewhere. */
interface Gate {
  readonly port: number
  /** New connections go through to this port; those that fell silent stay so. */
  readonly open: (target: number) => Effect.Effect<void>
  /** Open connections break, and new ones are refused. */
  readonly close: Effect.Effect<void>
  /** What is sent arrives nowhere, and no answer comes; new connections are accepted. */
  readonly silence: Effect.Effect<void>
}

const listen = (server: Server, port: number) =>
  Effect.callback<number>((resume) => {
    server.listen(port, "127.0.0.1", () => resume(Effect.succeed((server.address() as AddressInfo).port)))
  })

const make = Effect.gen(function* () {
  const sockets = new Set<Socket>()
  let target: number | undefined
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket))
  }
  const serve = () =>
    createServer((client) => {
      keep(client)
      if (target === undefined) return
      const server = connect(target, "127.0.0.1")
      keep(server)
      client.pipe(server).on("close", () => client.destroy())
      server.pipe(client).on("close", () => server.destroy())
    })
  let server = serve()
  const port = yield* listen(server, 0)
  const breakAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  const close = Effect.callback<void>((resume) => {
    if (server.listening) server.close(() => resume(Effect.void))
    else resume(Effect.void)
    breakAll()
  })
  const gate: Gate = {
    port,
    open: (to) =>
      Effect.suspend(() => {
        target = to
        if (server.listening) return Effect.void
        server = serve()
        return Effect.asVoid(listen(server, port))
      }),
    close,
    silence: Effect.sync(() => {
      target = undefined
      for (const socket of sockets) {
        socket.unpipe()
        socket.pause()
      }
    })
  }
  return gate
})

/** A gate that leads nowhere yet; closed with the scope. */
export const openGate = Effect.acquireRelease(make, (gate) => gate.close)
