import { Effect, type Scope } from "effect"
import { locateBinaries } from "./binaries.ts"
import { openCluster, superuser } from "./cluster.ts"
import { EmbeddedFailed, type EmbeddedError } from "./errors.ts"
import { freePort } from "./free-port.ts"
import { endLeftover, readPostmasterFile } from "./leftover.ts"
import { ownFolder } from "./ownership.ts"
import { logTail, openPlace, type Place } from "./place.ts"
import { supervise, type Supervised } from "./supervisor.ts"

export interface EmbeddedOptions {
  /** Created where it is missing; the server keeps its files in the folder `postgres` inside it. */
  readonly dataDir: string
  /** Settings of postgresql.conf beside the defaults for a small machine. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface EmbeddedServer {
  /** Of the database `postgres`, as superuser, password included. */
  readonly url: string
  readonly pid: number
  /** Completes when the server ends, whether the scope closed or it was killed. */
  readonly exited: Effect.Effect<void>
}

const defaults = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  timezone: "UTC",
  log_timezone: "UTC",
  max_connections: "100",
  shared_buffers: "256MB",
  effective_cache_size: "1GB",
  random_page_cost: "1.1",
  jit: "off",
  log_checkpoints: "off",
  // Failed statements carry the data of the people who use the product: the client is told, the log is not.
  log_min_messages: "log",
  log_min_error_statement: "panic"
}

const patienceMs = 30_000
const passing = /address already in use|could not bind|pre-existing shared memory block|lock file .* already exists/i

const isReady = (place: Place, server: Supervised) =>
  Effect.gen(function* () {
    while (!server.hasExited()) {
      const { pid, status } = readPostmasterFile(place)
      if (pid === server.pid && status === "ready") return true
      yield* Effect.sleep("5 millis")
    }
    return false
  })

/** Tries again while the port is taken or processes of a killed predecessor still hold its memory. */
const startServer = (place: Place, postgres: string, settings: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const deadline = performance.now() + patienceMs
    for (;;) {
      const port = yield* freePort
      const values = Object.entries({ ...defaults, ...settings, port: String(port) })
      const args = values.flatMap(([name, value]) => ["-c", `${name}=${value}`])
      const server = yield* supervise(place, postgres, ["-D", place.cluster, ...args])
      if (yield* isReady(place, server)) return { server, port }
      const detail = logTail(place)
      if (!passing.test(detail) || performance.now() > deadline)
        return yield* new EmbeddedFailed({ step: "start", detail })
      yield* Effect.sleep("200 millis")
    }
  })

/**
 * PostgreSQL 18 on the folder, listening on the loopback interface and stopped when the scope closes or this process
 * ends in whatever way. Durable: settings that decide what survives a power loss keep PostgreSQL's defaults.
 */
export const startEmbedded = (options: EmbeddedOptions): Effect.Effect<EmbeddedServer, EmbeddedError, Scope.Scope> =>
  Effect.gen(function* () {
    const place = yield* openPlace(options.dataDir)
    yield* ownFolder(place.folder)
    const binaries = yield* locateBinaries(place)
    yield* endLeftover(place)
    const password = yield* openCluster(place, binaries)
    const { server, port } = yield* startServer(place, binaries.postgres, options.settings ?? {})
    return {
      url: `postgres://${superuser}:${password}@127.0.0.1:${port}/postgres`,
      pid: server.pid,
      exited: Effect.asVoid(server.exited)
    }
  })
