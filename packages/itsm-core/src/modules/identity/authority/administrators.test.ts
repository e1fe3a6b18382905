import { MemoryStore } from "@itsm/adapter-memory"
import { Deferred, Effect, Fiber, Layer, ManagedRuntime } from "effect"
import fc from "fast-check"
import { afterAll, describe, expect, it } from "vitest"
import * as Itsm from "../../../itsm.ts"
import { Actor, type Instant, Policy, Store } from "../../../kernel/index.ts"
import { scenario } from "../../../testing/scenario.ts"
import { Authentication, Roles, TeamMembers, Teams, UserPermissions, UserRoles, Users } from "../index.ts"

/** How many commits wait for each other, so that all of them were decided before the first is stored. */
let together = 0
let waiting: Array<Deferred.Deferred<void>> = []

const gathering = Layer.effect(
  Store.Store,
  Effect.map(Store.Store, (store) => ({
    ...store,
    commit: (reach: Parameters<Store.StoreShape["commit"]>[0], changes: ReadonlyArray<Store.Change>) =>
      Effect.suspend(() => {
        if (together === 0) return store.commit(reach, changes)
        const gate = Deferred.makeUnsafe<void>()
        waiting.push(gate)
        if (waiting.length === together) {
          together = 0
          for (const each of waiting) Deferred.doneUnsafe(each, Effect.void)
          waiting = []
        }
        return Effect.andThen(Deferred.await(gate), store.commit(reach, changes))
      })
  }))
).pipe(Layer.provide(MemoryStore.layer))

const runtime = ManagedRuntime.make(Layer.provideMerge(Itsm.layer, gathering))
afterAll(() => runtime.dispose())

const actorFor = (id: string | null) => Authentication.use((authentication) => authentication.actorFor(id as never))

const work = ["user", "role", "user_role", "user_permission"].flatMap((resource) =>
  ["read", "create", "update", "delete"].map((action) => `${resource}.${action}`)
)

/** Who may really administer people, whatever the records say of it. */
const administering = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
  const able: Array<string> = []
  for (const id of ids) {
    const actor = yield* Effect.option(actorFor(id))
    if (actor._tag === "Some" && work.every((permission) => Policy.mayEver(actor.value, permission))) able.push(id)
  }
  return able
})

let companies = 0
const company = Effect.gen(function* () {
  const { admin, roles, user, agent, team } = yield* scenario(`administered-${++companies}`)
  return {
    admin,
    team,
    people: [admin.id!, user.id!, agent.id!],
    gone: [] as Array<Attempt>,
    roleId: roles.find(({ key }) => key === "admin")!.id
  }
})
type Company = Effect.Success<typeof company>
type Attempt = Effect.Effect<unknown, { readonly _tag: string }, Actor.CurrentActor>

const denial = (subjectType: "user" | "team" | "role", subjectId: string) =>
  UserPermissions.use((direct) =>
    direct.create({ subjectType, subjectId, permission: "user_role.*", effect: "deny", scope: "organization" })
  )

describe("an administrator remains", () => {
  const outcomes = Effect.fnUntraced(function* (
    admin: Actor.Actor,
    attempts: ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string }, any>>
  ) {
    together = attempts.length
    return yield* Effect.all(
      attempts.map((attempt) =>
        attempt.pipe(Actor.provide(admin), Effect.match({ onFailure: ({ _tag }) => _tag, onSuccess: () => "done" }))
      ),
      { concurrency: "unbounded" }
    )
  })
  const join = (teamId: string, userId: string) =>
    TeamMembers.use((members) => members.create({ teamId: teamId as never, userId: userId as never }))

  it("where a denial for a team and joining it are decided at once", () =>
    runtime.runPromise(
      Effect.gen(function* () {
        const { admin } = yield* company
        const quiet = yield* Teams.use((teams) => teams.create({ name: "Quiet" })).pipe(Actor.provide(admin))
        const answers = yield* outcomes(admin, [denial("team", quiet.id), join(quiet.id, admin.id!)])
        expect(answers.toSorted()).toEqual(["GuardFailed", "done"])
        expect(yield* administering([admin.id!])).toHaveLength(1)
      })
    ))

  it("where a denial for a role and receiving it are decided at once", () =>
    runtime.runPromise(
      Effect.gen(function* () {
        const { admin, people, roleId } = yield* company
        const second = people[1]!
        const quiet = yield* Roles.use((roles) => roles.create({ key: "quiet", name: "Quiet", permissions: [] })).pipe(
          Actor.provide(admin)
        )
        const give = (id: string) => UserRoles.use((each) => each.create({ userId: second, roleId: id as never }))
        yield* give(roleId).pipe(Actor.provide(admin))
        yield* UserRoles.use((each) => each.list({ limit: 100 })).pipe(
          Actor.provide(admin),
          Effect.flatMap(({ items }) => {
            const own = items.find(({ userId }) => userId === admin.id)!
            return UserRoles.use((each) => each.delete(own.id)).pipe(Actor.provide(Actor.system(admin.organizationId)))
          })
        )
        const system = Actor.system(admin.organizationId)
        const answers = yield* outcomes(system, [denial("role", quiet.id), give(quiet.id)])
        expect(answers.toSorted()).toEqual(["GuardFailed", "done"])
        expect(yield* administering(people)).toEqual([second])
      })
    ))

  it("where one is denied while they become one and the other goes", () =>
    runtime.runPromise(
      Effect.gen(function* () {
        const { admin, people, roleId } = yield* company
        const second = people[1]!
        const system = Actor.system(admin.organizationId)
        const held = yield* UserRoles.use((each) => each.list({ limit: 100 })).pipe(Actor.provide(system))
        const own = held.items.find(({ userId }) => userId === admin.id)!
        // decided when nobody but the first is an administrator
        together = 2
        const denied = yield* Effect.forkChild(denial("user", second).pipe(Actor.provide(system), Effect.exit))
        yield* Effect.sleep(20)
        const waitingDenial = waiting
        together = 0
        waiting = []
        yield* UserRoles.use((each) => each.create({ userId: second, roleId })).pipe(Actor.provide(system))
        together = 2
        waiting = waitingDenial
        const removed = yield* UserRoles.use((each) => each.delete(own.id)).pipe(Actor.provide(system), Effect.exit)
        const wasDenied = yield* Fiber.join(denied)
        expect([removed._tag, wasDenied._tag].toSorted()).toEqual(["Failure", "Success"])
        expect(yield* administering(people)).toHaveLength(1)
      })
    ))
})

const step = fc.record({
  kind: fc.constantFrom(
    "take",
    "give",
    "end",
    "delay",
    "disable",
    "enable",
    "remove",
    "deny",
    "lift",
    "join",
    "leave",
    "return"
  ),
  by: fc.nat(2),
  a: fc.nat(20),
  b: fc.nat(20)
})
type Step = typeof step extends fc.Arbitrary<infer A> ? A : never
const pick = <A>(list: ReadonlyArray<A>, at: number): A => list[at % list.length]!

const run = (world: Company, { kind, a, b }: Step) =>
  Effect.gen(function* () {
    const [userRoles, direct, members, users] = [
      yield* UserRoles,
      yield* UserPermissions,
      yield* TeamMembers,
      yield* Users
    ]
    const person = pick(world.people, a)
    const removal = <Id>(
      service: { readonly delete: (id: Id) => Attempt; readonly restore: (id: Id) => Attempt },
      id: Id
    ) => Effect.tap(service.delete(id), () => Effect.sync(() => world.gone.push(service.restore(id))))
    const roles = (yield* userRoles.list({ limit: 100 })).items
    const grants = (yield* direct.list({ limit: 100 })).items
    const joined = (yield* members.list({ limit: 100 })).items
    const nothing = Effect.fail({ _tag: "Nothing" })
    switch (kind) {
      case "take":
        return yield* removal(userRoles, pick(roles, a).id)
      case "give":
        return yield* userRoles.create({ userId: person, roleId: world.roleId })
      case "end":
        return yield* userRoles.update(pick(roles, a).id, {
          validTo: pick([null, "2020-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z"], b) as Instant.Instant
        })
      case "delay":
        return yield* userRoles.update(pick(roles, a).id, {
          validFrom: pick([null, "2099-01-01T00:00:00.000Z"], b) as Instant.Instant
        })
      case "disable":
        return yield* users.disable(person)
      case "enable":
        return yield* users.enable(person)
      case "remove":
        return yield* removal(users, person)
      case "deny":
        return yield* pick([denial("user", person), denial("team", world.team.id), denial("role", world.roleId)], b)
      case "lift":
        return yield* grants.length === 0 ? nothing : removal(direct, pick(grants, a).id)
      case "join":
        return yield* members.create({ teamId: world.team.id, userId: person })
      case "leave":
        return yield* joined.length === 0 ? nothing : removal(members, pick(joined, a).id)
      case "return":
        return yield* world.gone.length === 0 ? nothing : pick(world.gone, a)
    }
  })

describe("whatever administrators do to each other", () => {
  it("one of them may still administer people", async () => {
    const succeeded = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), (steps) =>
        runtime.runPromise(
          Effect.gen(function* () {
            const world = yield* company
            for (const each of steps) {
              const able = yield* administering(world.people)
              expect(able.length).toBeGreaterThan(0)
              const exit = yield* Effect.exit(
                run(world, each).pipe(Actor.provide(yield* actorFor(pick(able, each.by))))
              )
              if (exit._tag === "Success") succeeded.set(each.kind, (succeeded.get(each.kind) ?? 0) + 1)
            }
            expect(yield* administering(world.people)).not.toEqual([])
          })
        )
      ),
      { numRuns: 60 }
    )
    for (const kind of [
      "take",
      "give",
      "end",
      "delay",
      "disable",
      "enable",
      "remove",
      "deny",
      "lift",
      "join",
      "leave",
      "return"
    ])
      expect(succeeded.get(kind) ?? 0, kind).toBeGreaterThan(0)
  }, 60_000)
})
