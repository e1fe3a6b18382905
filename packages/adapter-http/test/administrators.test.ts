import { MemoryStore } from "@itsm/adapter-memory"
import { PgStore } from "@itsm/adapter-pg"
import { Actor, Authentication, Store, UserRoles } from "@itsm/core"
import { Context, Effect, Exit, Layer, Scope } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { freshDatabase, prepared } from "../../adapter-pg/test/database.ts"
import { foundCompany, type Instance, password, startInstance } from "./instance.ts"

type Opening = Effect.Effect<Layer.Layer<Store.Store, unknown>, unknown, Scope.Scope>

const stores: Readonly<Record<"memory" | "PostgreSQL", Opening>> = {
  memory: Effect.map(Layer.build(MemoryStore.layer), (context) =>
    Layer.succeed(Store.Store, Context.get(context, Store.Store))
  ),
  PostgreSQL: Effect.gen(function* () {
    const url = yield* freshDatabase
    yield* prepared.pipe(Effect.provide(PgStore.clientLayer({ url, maxConnections: 1 })))
    return PgStore.layerFromUrl({ url, maxConnections: 8 })
  })
}

type Json = Readonly<Record<string, unknown>>

describe.each(["memory", "PostgreSQL"] as const)("the administrators of an organization, on %s", (name) => {
  const scope = Scope.makeUnsafe()
  let instances: readonly [Instance, Instance]
  beforeAll(async () => {
    const store = await Effect.runPromise(Scope.provide(stores[name], scope))
    instances = [await startInstance(store), await startInstance(store)]
  }, 60_000)
  afterAll(async () => {
    for (const instance of instances) await instance.close()
    await Effect.runPromise(Scope.close(scope, Exit.void))
  })

  let companies = 0
  /** A company with two administrators and nobody else. */
  const company = async () => {
    const slug = `${name.toLowerCase()}-${++companies}`
    const [here] = instances
    await foundCompany(here, slug)
    const ann = await here.signIn(`admin@${slug}.example`)
    const ask = async (token: string, method: string, path: string, body?: object, client = 0) =>
      instances[client % 2]!.ask(method, path, { token, ...(body === undefined ? {} : { body }) })
    const list = async (path: string) => (await ask(ann, "GET", path)).body["items"] as ReadonlyArray<Json>
    const adminRole = String((await list("/roles/?key=admin"))[0]!["id"])
    const annId = String((await list("/users/"))[0]!["id"])
    const make = async (path: string, body: object) => String((await ask(ann, "POST", path, body)).body["id"])
    const bobId = await make("/users/", { email: `bob@${slug}.example`, displayName: "Bob", password })
    const bobRole = await make("/user-roles/", { userId: bobId, roleId: adminRole })
    const annRole = String((await list(`/user-roles/?userId=${annId}`))[0]!["id"])
    const bob = await here.signIn(`bob@${slug}.example`)
    return {
      ask,
      make,
      list,
      adminRole,
      ann: { id: annId, role: annRole, token: ann },
      bob: { id: bobId, role: bobRole, token: bob }
    }
  }
  type Company = Awaited<ReturnType<typeof company>>
  type Person = Company["ann"]

  const guarded = { code: "guard_failed", guard: "administratorRemains" }

  /** Everything by which somebody is no administrator any more. */
  const removals: ReadonlyArray<readonly [string, (person: Person) => readonly [string, string, object?]]> = [
    ["their role is taken", ({ role }) => ["DELETE", `/user-roles/${role}/`]],
    [
      "their role gets an end",
      ({ role }) => ["PATCH", `/user-roles/${role}/`, { validTo: "2099-01-01T00:00:00.000Z" }]
    ],
    [
      "their role begins later",
      ({ role }) => ["PATCH", `/user-roles/${role}/`, { validFrom: "2099-01-01T00:00:00.000Z" }]
    ],
    ["they are disabled", ({ id }) => ["POST", `/users/${id}/disable/`]],
    ["they are deleted", ({ id }) => ["DELETE", `/users/${id}/`]],
    [
      "everything is denied to them",
      ({ id }) => [
        "POST",
        "/user-permissions/",
        { subjectType: "user", subjectId: id, permission: "*", effect: "deny", scope: "organization" }
      ]
    ]
  ]

  it.each(removals)("one of two may go, and the last may not: %s", async (_, removal) => {
    const { ask, ann, bob } = await company()
    const gone = await ask(ann.token, ...removal(bob))
    expect([200, 201, 204]).toContain(gone.status)
    // somebody who administers people, and is no administrator
    const { ask: again, ann: last, make, adminRole } = await company()
    const other = await make("/roles/", { key: "second", name: "Second", permissions: ["*"] })
    const users = await again(last.token, "GET", "/users/?displayName=Bob")
    const bobId = String((users.body["items"] as ReadonlyArray<Json>)[0]!["id"])
    const held = await again(last.token, "GET", `/user-roles/?userId=${bobId}&roleId=${adminRole}`)
    await make("/user-roles/", { userId: bobId, roleId: other })
    const bobsRole = String((held.body["items"] as ReadonlyArray<Json>)[0]!["id"])
    expect((await again(last.token, "DELETE", `/user-roles/${bobsRole}/`)).status).toBe(204)
    const deputy = await instances[0].signIn(String((users.body["items"] as ReadonlyArray<Json>)[0]!["email"]))
    const refused = await again(deputy, ...removal(last))
    expect([refused.status, refused.body]).toEqual([409, expect.objectContaining(guarded)])
  })

  it("give up the role themselves only while there is another", async () => {
    const { ask, ann, bob } = await company()
    expect((await ask(ann.token, "DELETE", `/user-roles/${ann.role}/`)).status).toBe(204)
    const last = await ask(bob.token, "DELETE", `/user-roles/${bob.role}/`)
    expect([last.status, last.body]).toEqual([409, expect.objectContaining(guarded)])
  })

  it("cannot be shut out through their role or a team of theirs either", async () => {
    const { ask, ann, adminRole } = await company()
    const deny = (subjectType: string, subjectId: string) => ({
      subjectType,
      subjectId,
      permission: "user_role.*",
      effect: "deny",
      scope: "organization"
    })
    const ofRole = await ask(ann.token, "POST", "/user-permissions/", deny("role", adminRole))
    expect([ofRole.status, ofRole.body]).toEqual([409, expect.objectContaining(guarded)])
    const { ask: alone, ann: last, bob, make } = await company()
    await alone(last.token, "DELETE", `/user-roles/${bob.role}/`)
    const team = await make("/teams/", { name: "Quiet" })
    expect((await alone(last.token, "POST", "/user-permissions/", deny("team", team))).status).toBe(201)
    const joined = await alone(last.token, "POST", "/team-members/", { teamId: team, userId: last.id })
    expect([joined.status, joined.body]).toEqual([409, expect.objectContaining(guarded)])
  })

  it.each([
    ["roles", ({ role }: Person) => ["DELETE", `/user-roles/${role}/`] as const],
    ["accounts", ({ id }: Person) => ["POST", `/users/${id}/disable/`] as const]
  ])("of two who remove each other at once one remains: %s, 64 clients", async (_, removal) => {
    for (let round = 0; round < 8; round++) {
      const { ask, ann, bob } = await company()
      const pairs = [
        [ann, bob],
        [bob, ann]
      ] as const
      const answers = await Promise.all(
        Array.from({ length: 64 }, async (__, client) => {
          const [who, whom] = pairs[client % 2]!
          const [method, path] = removal(whom)
          const { status } = await ask(who.token, method, path, undefined, client >> 1)
          return { who, status }
        })
      )
      const winners = new Set(answers.filter(({ status }) => status < 300).map(({ who }) => who.id))
      expect(winners.size).toBe(1)
      for (const { status } of answers) expect([200, 204, 401, 403, 404, 409]).toContain(status)
      const survivor = winners.has(ann.id) ? ann : bob
      const roles = await ask(survivor.token, "GET", "/user-roles/")
      expect(roles.status).toBe(200)
    }
  })

  it("of two who were both let in, the second is told that nobody would remain: 64 fibers", async () => {
    for (let round = 0; round < 8; round++) {
      const { ann, bob } = await company()
      const actorOf = ({ id }: Person) =>
        instances[0].run(Authentication.use((authentication) => authentication.actorFor(id as never)))
      const actors = [await actorOf(ann), await actorOf(bob)]
      const tags = await Promise.all(
        Array.from({ length: 64 }, (_, client) =>
          instances[(client >> 1) % 2]!.run(
            UserRoles.use((roles) => roles.delete((client % 2 === 0 ? bob : ann).role as never)).pipe(
              Actor.provide(actors[client % 2]!),
              Effect.match({
                onFailure: ({ _tag }) => ({ side: client % 2, _tag }),
                onSuccess: () => ({ side: client % 2, _tag: "done" })
              })
            )
          )
        )
      )
      const done = tags.filter(({ _tag }) => _tag === "done")
      expect(done).toHaveLength(1)
      const losers = tags.filter(({ side }) => side !== done[0]!.side)
      expect(losers).toHaveLength(32)
      for (const { _tag } of losers) expect(["GuardFailed", "Contention"]).toContain(_tag)
      expect(losers.some(({ _tag }) => _tag === "GuardFailed")).toBe(true)
    }
  })
})
