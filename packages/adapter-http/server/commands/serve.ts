import { Effect, Fiber, Schedule } from "effect"
import { Worker } from "@itsm/core/kernel"
import { makeAnswerHeaders } from "../../src/index.ts"
import { application } from "../application.ts"
import { banner } from "../banner.ts"
import type { Config } from "../config/config.ts"
import { isUntouched } from "../data-folder.ts"
import { makeDemo, rehearse } from "../demo/demo.ts"
import { domainOn } from "../domain.ts"
import { checkExtensions, type Extension, modulesOf } from "../extensions.ts"
import { gatekeeper } from "../gatekeeper.ts"
import { installation } from "../installation.ts"
import { listen } from "../listen.ts"
import { mailOf } from "../mail.ts"
import { migrate } from "../migration.ts"
import { checksOf } from "../readiness.ts"
import { stopSignal } from "../signals.ts"
import { openStorage } from "../storage.ts"

const workEveryMs = 500
const keysReadEveryMs = 5000

/** Where nobody has decided, only a storage of the server's own that starts empty gets the demo. */
const wantsDemo = ({ demo, storage, role }: Config) =>
  role !== "worker" && (demo === undefined ? storage.kind !== "given" : demo === "on")

/** Where it is plain that there are no data yet, the demo is played while the database is being made. */
const rehearsalFor = (config: Config, extensions: ReadonlyArray<Extension>) =>
  wantsDemo(config) && config.storage.kind === "embedded" && isUntouched(config.dataDir)
    ? Effect.map(Effect.forkScoped(rehearse(config, extensions)), Fiber.join)
    : Effect.succeed(rehearse(config, extensions))

/** Where the server answers on this machine. */
const addressOf = ({ host }: Config, port: number) => {
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host.includes(":") ? `[${host}]` : host
  return `http://${name}:${port}`
}

/**
 * Serves the product and these extensions until a signal asks it to stop: then requests in flight end, and everything is
 * closed in its order.
 */
export const serve = (config: Config, extensions: ReadonlyArray<Extension> = []) =>
  Effect.gen(function* () {
    yield* checkExtensions(extensions)
    const rehearsal = yield* rehearsalFor(config, extensions)
    const storage = yield* openStorage(config, extensions)
    const migrations = yield* migrate(storage)
    if (migrations.length > 0) yield* Effect.logInfo("migrated", { migrations })
    const secrets = yield* installation(config, storage)
    yield* Effect.forkScoped(Effect.schedule(secrets.follow, Schedule.spaced(keysReadEveryMs)))
    const demo = wantsDemo(config) ? yield* makeDemo(storage, rehearsal) : undefined
    if (config.smtpUrl !== undefined && config.publicUrl === undefined)
      yield* Effect.logWarning("links in mails lead to this machine: ITSM_PUBLIC_URL is not set")
    const services = yield* domainOn(storage.store, config.passwordMinimum, {
      modules: modulesOf(extensions),
      secretKey: secrets.secretKey,
      earlierSecretKeys: secrets.earlierSecretKeys,
      accounts: config.accounts,
      mail: mailOf(config, storage.dataDir)
    })

    const gate: { isClosed: () => boolean } = { isClosed: () => false }
    const isHttps = config.publicUrl?.startsWith("https:") === true
    const headersFor = makeAnswerHeaders({ isHttps, corsOrigins: config.corsOrigins })
    const app = application(
      services,
      config,
      secrets,
      headersFor,
      checksOf(storage, () => gate.isClosed())
    )
    const keeper = gatekeeper(app.fetch, config.problemTypeBase, config.role !== "worker", headersFor)
    gate.isClosed = keeper.isClosed
    const worker =
      config.role === "api"
        ? undefined
        : yield* Effect.forkScoped(Effect.provideContext(Worker.run(workEveryMs), services))
    const server = yield* listen(keeper.fetch, {
      host: config.host,
      port: config.port,
      typeBase: config.problemTypeBase,
      isHttps
    })

    yield* Effect.logInfo("ready", {
      host: config.host,
      port: server.port,
      storage: storage.kind,
      role: config.role,
      afterMs: Math.round(performance.now())
    })
    if (demo !== undefined || process.stdout.isTTY)
      yield* Effect.sync(() => process.stdout.write(banner(addressOf(config, server.port), demo)))

    const signal = yield* Effect.raceFirst(stopSignal, storage.ended)
    yield* Effect.logInfo("stopping", { signal })
    keeper.close()
    if (worker !== undefined) yield* Fiber.interrupt(worker)
    yield* server.drain
  }).pipe(
    Effect.scoped,
    Effect.tap(() => Effect.logInfo("stopped"))
  )
