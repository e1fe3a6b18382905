import { Clock, Context, Effect, Layer, Redacted } from "effect"
import { randomBytes } from "node:crypto"
import { type Catalogue, Condition, Instant, Store, Worker } from "@itsm/core/kernel"
import { Organization } from "@itsm/core/identity"
import { MemoryStore } from "@itsm/adapter-memory"
import { PgStore } from "@itsm/adapter-pg"
import type { Config } from "../config/config.ts"
import { domainOn } from "../domain.ts"
import { type Extension, modulesOf } from "../extensions.ts"
import { CommandFailed, explain } from "../failure.ts"
import type { OpenStorage } from "../storage.ts"
import * as Journal from "./journal.ts"
import { foundPlatform } from "./operator.ts"
import { pastClock } from "./past.ts"
import { play } from "./play.ts"
import { type Company, setScene } from "./scene.ts"

const operatorEmail = "superuser@platform.example"

const companies: ReadonlyArray<Company> = [
  { name: "Acme", slug: "acme", timeZone: "Europe/Berlin" },
  { name: "Globex", slug: "globex", timeZone: "America/New_York" }
]
const beginsDaysAgo = 46

// whoever runs the demo chooses its password
const anyPassword = 0

/** The demo as it will be, outside any storage. */
export interface Rehearsed {
  readonly password: Redacted.Redacted<string>
  readonly journal: Journal.Journal
}

const playedBy = (password: string, now: number, modules: ReadonlyArray<Catalogue.Module>) =>
  Effect.gen(function* () {
    const journal = Journal.make(Context.get(yield* Layer.build(MemoryStore.layer), Store.Store))
    const domain = yield* domainOn(Context.make(Store.Store, journal.store), anyPassword, { modules })
    const begin = now - beginsDaysAgo * Instant.dayMs
    const clock = pastClock(begin)
    yield* Effect.gen(function* () {
      const scenes = yield* Effect.forEach(companies, (company) => setScene(company, password))
      yield* foundPlatform(operatorEmail, password)
      for (const [index, scene] of scenes.entries()) {
        clock.moveTo(begin)
        yield* play(scene, clock, now, index + 1)
      }
      while ((yield* Worker.tidy) > 0);
    }).pipe(Effect.provideContext(domain), Effect.provideService(Clock.Clock, clock))
    return journal
  }).pipe(Effect.scoped)

/** Plays the weeks before today in a store of its own, with the real commands, and keeps what they have committed. */
export const rehearse = ({ demoPassword }: Pick<Config, "demoPassword">, extensions: ReadonlyArray<Extension>) =>
  Effect.gen(function* () {
    const password = demoPassword ?? Redacted.make(randomBytes(18).toString("base64url"))
    const now = yield* Clock.currentTimeMillis
    const journal = yield* playedBy(Redacted.value(password), now, modulesOf(extensions))
    return { password, journal } satisfies Rehearsed
  }).pipe(Effect.mapError((error) => new CommandFailed({ reason: `The demo could not be made: ${explain(error)}` })))

const isEmpty = (store: Store.StoreShape) =>
  Effect.map(store.count("everywhere", Organization, Condition.always, 1), (count) => count === 0)

/**
 * Makes the demo where the storage holds no organization yet: all of it is there afterwards, or nothing. Gives the
 * password, or `undefined` where there is nothing to do.
 */
export const makeDemo = Effect.fnUntraced(function* <R>(
  storage: OpenStorage,
  rehearsal: Effect.Effect<Rehearsed, CommandFailed, R>
) {
  const store = Context.get(storage.store, Store.Store)
  if (!(yield* isEmpty(store))) return undefined
  const { password, journal } = yield* rehearsal
  const copy = journal.copyTo(store)
  const atOnce = PgStore.StoreClient.use((sql) => sql.withTransaction(copy))
  const { database } = storage
  const copied = yield* Effect.result(database === undefined ? copy : Effect.provideContext(atOnce, database))
  if (copied._tag === "Success") return password
  // another process, started at the same moment, has made it
  if (copied.failure._tag === "UniqueViolation") return undefined
  return yield* new CommandFailed({ reason: `The demo could not be stored: ${explain(copied.failure)}` })
})
