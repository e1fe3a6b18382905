import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { Condition, Event, Instant, Store, Timer } from "../../kernel/index.ts"
import * as Factory from "../factories.ts"
import { commit, ids, insert, newOrganization, type OrganizationId, stored, type StoreIt, update } from "./fixture.ts"

const { epoch } = Factory
const later = (seconds: number) => Instant.plusMs(epoch, seconds * 1000)

/** Timers of a kind of their own, due that many seconds after the epoch. */
const timersDue = Effect.fnUntraced(function* (
  organizationId: OrganizationId,
  seconds: ReadonlyArray<number>,
  kind = Factory.uniqueText("kind")
) {
  const timers = seconds.map((after) => Factory.timer(organizationId, { kind, dueAt: later(after) }))
  yield* commit(organizationId, ...timers.map((timer) => insert(Timer.Timer, timer)))
  return {
    timers,
    claim: (at: number, limit = 100, lease = 30) =>
      Store.Store.use((store) =>
        store.claim(Timer.Timer, Condition.eq("kind", kind), later(at), later(at + lease), limit)
      )
  }
})

const byDue = (timers: ReadonlyArray<Timer.Timer>) =>
  timers.toSorted((a, b) => (a.dueAt < b.dueAt ? -1 : a.dueAt > b.dueAt ? 1 : a.id < b.id ? -1 : 1))

export const queues = (it: StoreIt) =>
  describe("a claim", () => {
    it.effect("takes what is due and no more, in the order of dueAt and id, up to the limit", () =>
      Effect.gen(function* () {
        const { timers, claim } = yield* timersDue(yield* newOrganization, [5, 0, 3, 3, 3, 9, 10, 1])
        const due = ids(byDue(timers.slice(0, 6).concat(timers.slice(7))))
        assert.deepStrictEqual(yield* claim(-1), [])
        assert.deepStrictEqual(ids(yield* claim(9, 3)), due.slice(0, 3))
        assert.deepStrictEqual(ids(yield* claim(9)), due.slice(3))
        assert.deepStrictEqual(yield* claim(9), [])
        assert.deepStrictEqual(ids(yield* claim(10)), [timers[6]!.id])
      })
    )

    it.effect("gives back the record as it is stored then: leased, and one version on", () =>
      Effect.gen(function* () {
        const {
          timers: [timer],
          claim
        } = yield* timersDue(yield* newOrganization, [0])
        const claimed = yield* claim(1)
        assert.deepStrictEqual(claimed, [{ ...timer!, leaseUntil: later(31), version: 2 }])
        assert.deepStrictEqual(yield* stored(Timer.Timer, timer!), claimed[0])
      })
    )

    it.effect("gives a record again when its lease is over, and the one who lost it cannot write it", () =>
      Effect.gen(function* () {
        const {
          timers: [timer],
          claim
        } = yield* timersDue(yield* newOrganization, [0])
        const [first] = yield* claim(0)
        assert.deepStrictEqual(yield* claim(29.999), [])
        const [second] = yield* claim(30)
        assert.deepStrictEqual(second, { ...timer!, leaseUntil: later(60), version: 3 })
        const late = yield* Effect.flip(commit(timer!.organizationId, update(Timer.Timer, first!, { attempts: 1 })))
        assert.strictEqual(late._tag, "VersionConflict")
        yield* commit(timer!.organizationId, update(Timer.Timer, second!, { leaseUntil: null, dueAt: later(40) }))
        assert.deepStrictEqual(yield* claim(39), [])
        assert.strictEqual((yield* claim(40)).length, 1)
      })
    )

    it.effect("follows a record that is put off, put forward or taken away", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const { timers, claim } = yield* timersDue(organizationId, [0, 50, 0, 0])
        const [off, forward, dropped, consumed] = timers as [Timer.Timer, Timer.Timer, Timer.Timer, Timer.Timer]
        yield* claim(-5)
        const put = (timer: Timer.Timer, seconds: number) =>
          ({
            kind: "put",
            entity: Timer.Timer,
            record: { ...Factory.timer(organizationId), kind: timer.kind, key: timer.key, dueAt: later(seconds) }
          }) as const
        yield* commit(
          organizationId,
          put(off, 70),
          put(forward, 1),
          { kind: "drop", entity: Timer.Timer, key: dropped.key },
          { kind: "consume", entity: Timer.Timer, id: consumed.id, expectedVersion: 1 }
        )
        assert.deepStrictEqual(
          (yield* claim(2)).map(({ key }) => key),
          [forward.key]
        )
        assert.deepStrictEqual(
          (yield* claim(70)).map(({ key }) => key),
          [forward.key, off.key]
        )
      })
    )

    it.effect("is of all organizations, and of the records that satisfy the condition", () =>
      Effect.gen(function* () {
        const type = `${Factory.uniqueText("incident")}.opened.v1`
        const [one, other] = [yield* newOrganization, yield* newOrganization]
        const [ours, theirs] = [
          Factory.outboxEvent(one, { type }),
          Factory.outboxEvent(other, { type, dueAt: later(-1) })
        ]
        const done = Factory.outboxEvent(one, { type, processedAt: epoch })
        yield* commit(one, insert(Event.OutboxEvent, ours), insert(Event.OutboxEvent, done))
        yield* commit(other, insert(Event.OutboxEvent, theirs))
        const where = Condition.all([Condition.eq("type", type), Condition.isNull("processedAt")])
        const store = yield* Store.Store
        const claimed = yield* store.claim(Event.OutboxEvent, where, later(0), later(30), 10)
        assert.deepStrictEqual(
          claimed.map(({ id, organizationId }) => [id, organizationId]),
          [
            [theirs.id, other],
            [ours.id, one]
          ]
        )
      })
    )

    it.effect("of 20 callers at once gives each record to one of them", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const { timers, claim } = yield* timersDue(
          organizationId,
          Array.from({ length: 100 }, (_, index) => index % 7)
        )
        const claims = yield* Effect.forEach(Array.from({ length: 20 }), () => claim(10, 7), {
          concurrency: "unbounded"
        })
        const rest = yield* claim(10)
        assert.isTrue(claims.every((claimed) => claimed.length <= 7))
        assert.deepStrictEqual(ids([...claims.flat(), ...rest]).toSorted(), ids(timers).toSorted())
      })
    )
  })
