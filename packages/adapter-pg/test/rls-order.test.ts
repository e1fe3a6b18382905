import { assert, layer } from "@effect/vitest"
import { PgStore } from "@itsm/adapter-pg"
import { Incident } from "@itsm/core/incidents"
import { Condition, Entity, type Store, Timer } from "@itsm/core/kernel"
import { Factories } from "@itsm/core/testing"
import { Effect, Layer } from "effect"
import * as Commit from "../src/commit-sql.ts"
import * as Query from "../src/query-sql.ts"
import { within } from "../src/reach-sql.ts"
import { freshStore } from "./database.ts"
import { incidentId, manyIncidents, organizationId } from "./many-incidents.ts"

/** Settings under which the planner chooses another way, the first being its own choice. */
const ways: ReadonlyArray<ReadonlyArray<string>> = [
  [],
  ["enable_nestloop = off"],
  ["enable_seqscan = off"],
  ["enable_indexscan = off", "enable_indexonlyscan = off"],
  ["enable_indexscan = off", "enable_bitmapscan = off", "enable_indexonlyscan = off"],
  ["enable_memoize = off", "enable_material = off", "enable_hashjoin = off"],
  ["plan_cache_mode = force_generic_plan"],
  ["plan_cache_mode = force_custom_plan"],
  [
    "debug_parallel_query = on",
    "parallel_setup_cost = 0",
    "parallel_tuple_cost = 0",
    "min_parallel_table_scan_size = 0"
  ],
  ["jit = on", "jit_above_cost = 0"]
]

const reach = { organizationId: organizationId(3) }
const page = {
  where: Entity.notDeleted(Incident),
  sort: [{ field: "createdAt", direction: "desc" }],
  limit: 5
} as const
const timer = { ...Factories.timer(reach.organizationId), dueAt: Factories.epoch, leaseUntil: null }
const change: Store.Change = { kind: "insert", entity: Timer.Timer, record: timer }
const deferred: Store.Change = {
  kind: "update",
  entity: Timer.Timer,
  record: { ...timer, version: timer.version + 1 },
  expectedVersion: timer.version
}

/** What a statement of the store gives under each of the settings; what it writes is not kept. */
const under = (settings: ReadonlyArray<string>) =>
  PgStore.StoreClient.use((sql) => {
    const rows = (statement: Query.Statement, where: Store.Reach = reach) => {
      const { text, parameters } = within(where, statement)
      return sql.unsafe<Record<string, unknown>>(text, parameters)
    }
    const all = Effect.gen(function* () {
      for (const setting of settings) yield* sql.unsafe(`SET LOCAL ${setting}`).unprepared
      const found = yield* rows(Query.find(reach, Incident, page))
      const got = yield* rows(Query.get(reach, Incident, incidentId(22)))
      const searched = yield* rows(
        Query.find(reach, Incident, {
          ...page,
          where: Condition.all([{ search: "printer" }, Entity.notDeleted(Incident)])
        })
      )
      const counted = yield* rows(Query.count(reach, Incident, Condition.always, 10_000))
      const probes = [22, 23].map((number) => ({ entity: Incident, id: incidentId(number), where: Condition.always }))
      const there = yield* rows(Query.exists(reach, probes))
      const open = yield* rows({
        text: "SELECT count(*)::int AS n, count(DISTINCT organization_id)::int AS o FROM incidents",
        parameters: []
      })
      const first = yield* rows(Query.reserve(reach.organizationId, "INC", 10))
      yield* rows(Commit.commit(reach.organizationId, [change]))
      yield* rows(Commit.commit(reach.organizationId, [deferred]))
      const claimed = yield* rows(
        Query.claim(Timer.Timer, Condition.always, "2100-01-01T00:00:00.000Z", "2100-01-01T00:01:00.000Z", 5),
        "everywhere"
      )
      const ids = (records: ReadonlyArray<Record<string, unknown>>) => records.map((record) => record["id"])
      return yield* Effect.fail({
        answers: {
          found: ids(found),
          got: ids(got),
          searched: ids(searched),
          counted,
          there,
          open,
          first,
          claimed: claimed.map(({ id, version }) => ({ id, version }))
        }
      })
    })
    return Effect.flip(sql.withTransaction(all))
  }).pipe(Effect.flatMap((outcome) => ("answers" in outcome ? Effect.succeed(outcome.answers) : Effect.fail(outcome))))

const database = Layer.provideMerge(Layer.effectDiscard(manyIncidents(2000, 4)), freshStore)

layer(database, { excludeTestServices: true, timeout: "1 minute" })("however the planner goes about it", (it) => {
  it.effect("the organization is named before anything is read or written", () =>
    Effect.gen(function* () {
      const usual = yield* under([])
      assert.strictEqual(usual.found.length, 6)
      assert.deepStrictEqual(usual.got, [incidentId(22)])
      assert.strictEqual(usual.searched.length, 6)
      assert.deepStrictEqual(usual.counted, [{ found: 500 }])
      assert.deepStrictEqual(usual.there, [{ 0: true, 1: false }])
      assert.deepStrictEqual(usual.open, [{ n: 500, o: 1 }])
      assert.deepStrictEqual(usual.first, [{ first: 1 }])
      assert.deepStrictEqual(usual.claimed, [{ id: timer.id, version: timer.version + 2 }])
      for (const settings of ways) assert.deepStrictEqual(yield* under(settings), usual, settings.join())
    })
  )
})
