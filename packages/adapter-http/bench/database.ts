import { Effect, Redacted } from "effect"
import { Layer } from "effect"
import { ApplicationRole, Migrate, PgStore } from "@itsm/adapter-pg"
import { ensureDatabase, startEmbedded } from "@itsm/adapter-pg/embedded"
import { domainOn } from "../server/domain.ts"
import { seed } from "./seed.ts"

/** An embedded PostgreSQL with its durable defaults and a seeded database, as long as the scope. */
export const openDatabase = Effect.fnUntraced(function* (dataDir: string) {
  const server = yield* startEmbedded({ dataDir })
  const url = yield* ensureDatabase(server.url, "itsm")
  const world = yield* Effect.gen(function* () {
    const store = yield* Layer.build(PgStore.layerFromUrl({ url: Redacted.make(url), statementTimeout: "10 minutes" }))
    yield* Effect.provideContext(Effect.andThen(Migrate.run(), ApplicationRole.ensure), store)
    const domain = yield* domainOn(store, 15)
    return yield* seed.pipe(Effect.provideContext(domain), Effect.provideContext(store))
  }).pipe(Effect.scoped)
  return { url, world }
})
