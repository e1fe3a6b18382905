import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { Instant, Store, Timer } from "../../kernel/index.ts"
import { Role } from "../../modules/identity/records/role.ts"
import { Session } from "../../modules/identity/records/session.ts"
import { Team, TeamMember } from "../../modules/identity/records/team.ts"
import { User } from "../../modules/identity/records/user.ts"
import * as Factory from "../factories.ts"
import { commit, insert, newOrganization, type OrganizationId, type StoreIt, update } from "./fixture.ts"

const inTimeMs = 900
const patienceMs = 10_000

/** Waits for it in real time; dies where it does not come. */
const until = (what: string, holds: () => boolean) =>
  Effect.gen(function* () {
    const since = performance.now()
    while (!holds()) {
      if (performance.now() - since > patienceMs) return yield* Effect.die(new Error(`Not in time: ${what}`))
      yield* Effect.sleep("5 millis")
    }
  })

/** A watch that hears, and what it was told of one organization; none for a store that cannot tell. */
const watching = Effect.fnUntraced(function* (organizationId: OrganizationId) {
  const store = yield* Store.Store
  if (store.watch === undefined) return undefined
  const heard: Array<Store.Touched["about"]> = []
  const watch = yield* store.watch((touched) => {
    if (touched !== "everywhere" && touched.organizationId === organizationId) heard.push(touched.about)
  })
  yield* until("the first answer", () => watch.behindMs() < inTimeMs)
  const told = (about: Store.Touched["about"]) => {
    const wanted = JSON.stringify(about === "everything" ? about : about.toSorted())
    const isIt = (each: Store.Touched["about"]) =>
      JSON.stringify(each === "everything" ? each : each.toSorted()) === wanted
    return until(`told of ${wanted}`, () => heard.some(isIt))
  }
  return { heard, told, watch }
})

const sessionOf = (user: User) =>
  Factory.recordOf(Session, user.organizationId, {
    userId: user.id,
    amr: ["pwd"],
    authenticatedAt: Factory.epoch,
    expiresAt: Instant.plusMs(Factory.epoch, Instant.dayMs),
    endedAt: null,
    endReason: null,
    address: null,
    userAgent: null
  })

const roleOf = (organizationId: OrganizationId) =>
  Factory.recordOf(Role, organizationId, {
    key: "auditor",
    name: "Auditor",
    description: null,
    isBuiltIn: false,
    permissions: []
  })

export const watches = (it: StoreIt) =>
  describe("a watch", () => {
    it.effect("tells whose access a commit touches, and where it may be anybody's that it touches everything", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const watched = yield* watching(organizationId)
        if (watched === undefined) return
        const { told } = watched
        const user = Factory.user(organizationId)
        yield* commit(organizationId, insert(User, user))
        yield* told([user.id])
        const team = Factory.team(organizationId)
        yield* commit(organizationId, insert(Team, team))
        yield* told("everything")
        const member = Factory.teamMember(user, team)
        yield* commit(organizationId, insert(TeamMember, member))
        yield* told([member.id, user.id])
        const session = sessionOf(user)
        yield* commit(organizationId, insert(Session, session))
        yield* commit(organizationId, update(Session, session, { endedAt: Factory.epoch, endReason: "logout" }))
        yield* told([session.id, user.id])
      })
    )

    it.effect("says nothing of what nobody remembers, of sessions that begin, and of commits that are refused", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const user = Factory.user(organizationId)
        yield* commit(organizationId, insert(User, user))
        const watched = yield* watching(organizationId)
        if (watched === undefined) return
        watched.heard.length = 0
        yield* commit(organizationId, insert(Session, sessionOf(user)))
        yield* commit(organizationId, insert(Timer.Timer, Factory.timer(organizationId)))
        const stale = { ...user, version: 7 }
        assert.strictEqual(
          (yield* Effect.flip(commit(organizationId, update(User, stale, { vip: true }))))._tag,
          "VersionConflict"
        )
        yield* commit(organizationId, insert(Role, roleOf(organizationId)))
        yield* watched.told("everything")
        assert.deepStrictEqual(watched.heard, ["everything"])
      })
    )

    it.effect("tells of a commit of any size, once it is there", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const watched = yield* watching(organizationId)
        if (watched === undefined) return
        const users = Array.from({ length: 400 }, () => Factory.user(organizationId))
        yield* commit(organizationId, ...users.map((user) => insert(User, user)))
        yield* until("told of all of them", () => {
          const all = new Set(
            watched.heard.flatMap((about) => (about === "everything" ? users.map(({ id }) => id) : about))
          )
          return users.every(({ id }) => all.has(id))
        })
      })
    )

    it.effect("does not fall behind while nothing happens, and tells nothing after its scope", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const watched = yield* Effect.scoped(
          Effect.tap(watching(organizationId), (open) =>
            Effect.gen(function* () {
              if (open === undefined) return
              for (let i = 0; i < 10; i++) {
                yield* Effect.sleep("100 millis")
                assert.isBelow(open.watch.behindMs(), inTimeMs)
              }
            })
          )
        )
        if (watched === undefined) return
        watched.heard.length = 0
        yield* commit(organizationId, insert(Role, roleOf(organizationId)))
        yield* Effect.sleep("200 millis")
        assert.deepStrictEqual(watched.heard, [])
      })
    )
  })
