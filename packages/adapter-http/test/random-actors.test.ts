import { Actor, Departments, Teams } from "@itsm/core"
import type { Condition } from "@itsm/core"
import { Effect } from "effect"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Service, startService } from "./service.ts"

type Json = Readonly<Record<string, unknown>>

let service: Service
let asked: Actor.Actor
let ids: ReadonlyArray<string>
let teams: ReadonlyArray<string>
let departments: ReadonlyArray<string>
beforeAll(async () => {
  const founded = await startService()
  const { people, services, open } = founded
  const run = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.runPromise(
      Effect.provideContext(effect.pipe(Actor.provide(people.admin)), services as never) as Effect.Effect<A, E>
    )
  const makeDepartment = (name: string) => run(Departments.use((each) => each.create({ name })))
  departments = [(await makeDepartment("IT")).id, (await makeDepartment("Sales")).id]
  const makeTeam = (name: string, at: number) =>
    run(Teams.use((each) => each.create({ name, departmentId: departments[at] as never })))
  teams = [(await makeTeam("Desk", 0)).id, (await makeTeam("Sales desk", 1)).id]
  const made: Array<string> = []
  for (const requester of [people.caller, people.bystander, people.agent])
    for (const more of [
      {},
      { teamId: teams[0] },
      { teamId: teams[1], impact: 1, urgency: 1 },
      { departmentId: departments[1] }
    ]) {
      const incident = await open(`Word${made.length} printer`, { requesterId: requester.id, ...more })
      made.push(incident.id)
      for (const visibility of ["public", "internal"])
        await founded.ask("POST", `/incidents/${incident.id}/comments/`, { body: { body: "Words", visibility } })
      if (made.length % 3 === 0)
        await founded.ask("POST", `/incidents/${incident.id}/resolve/`, {
          body: { resolutionCode: "fixed", resolutionNotes: "The cable was loose." }
        })
    }
  ids = made
  asked = people.admin
  service = await startService({ services, authenticate: () => Effect.succeed(asked) })
  service = { ...service, people }
}, 60_000)
afterAll(() => service.runtime.dispose())

const condition: fc.Arbitrary<Condition.Condition> = fc.constantFrom<Condition.Condition>(
  { field: "state", op: "eq", value: "new" },
  { not: { field: "priority", op: "lte", value: 2 } },
  {
    any: [
      { field: "teamId", op: "isNull", value: true },
      { field: "impact", op: "eq", value: 1 }
    ]
  }
)
const actions = [
  "read",
  "update",
  "resolve",
  "close",
  "cancel",
  "add_comment",
  "override_priority",
  "acknowledge",
  "delete"
]
const grantFor = (names: ReadonlyArray<string>) =>
  fc.record({
    permission: fc.constantFrom(...names.map((name) => `incident.${name}`), "incident.*"),
    effect: fc.constantFrom("allow" as const, "allow" as const, "allow" as const, "deny" as const),
    scope: fc.constantFrom(...Actor.scopes),
    condition: fc.option(condition, { freq: 2 }),
    within: fc.option(fc.nat(1), { freq: 4 })
  })
/** Comments have no team or department of their own: these scopes go by their incidents. */
const commentGrant = grantFor([]).map((grant) => ({
  ...grant,
  permission: "incident_comment.read",
  condition: grant.condition === null ? null : ({ field: "visibility", op: "eq", value: "public" } as const)
}))
type Random = ReturnType<typeof grantFor> extends fc.Arbitrary<infer A> ? A : never

const who = fc.record({
  person: fc.constantFrom("caller" as const, "bystander" as const, "agent" as const),
  team: fc.option(fc.nat(1)),
  department: fc.option(fc.nat(1))
})

const actorWith = (
  grants: ReadonlyArray<Random>,
  {
    person,
    team,
    department
  }: { person: "caller" | "bystander" | "agent"; team: number | null; department: number | null }
): Actor.Actor => {
  const belonging = (at: number | null) => ({
    teamIds: [] as ReadonlyArray<string>,
    departmentIds: at === null ? [] : [departments[at]!],
    departmentTeamIds: at === null ? [] : [teams[at]!]
  })
  return {
    ...service.people[person],
    ...belonging(department),
    teamIds: team === null ? [] : [teams[team]!],
    roles: [],
    grants: grants.map(({ condition: only, within, ...grant }) => ({
      ...grant,
      source: "random",
      ...(only === null ? {} : { condition: only }),
      ...(within === null ? {} : { within: belonging(within) })
    }))
  }
}

const itemsOf = (body: Json) => (body["items"] as ReadonlyArray<Json>).map(({ id }) => String(id)).toSorted()

describe("what somebody may see (T-AUTHZ-2)", () => {
  it("is one set in lists, counts, pages, search, filters, parts and single records, whatever is granted", async () => {
    let partial = 0
    let parted = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(grantFor(["read", "update"]), { minLength: 1, maxLength: 4 }),
        fc.array(commentGrant, { maxLength: 3 }),
        who,
        async (grants, onComments, at) => {
          asked = actorWith([...grants, ...onComments], at)
          const list = await service.ask("GET", "/incidents/?limit=100&count=true")
          const answers = await Promise.all(ids.map((id) => service.ask("GET", `/incidents/${id}/`)))
          const seen = ids.filter((_, index) => answers[index]!.status === 200).toSorted()
          if (list.status === 403) {
            expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 403))
            return
          }
          for (const { status } of answers) expect([200, 404]).toContain(status)
          expect(itemsOf(list.body)).toEqual(seen)
          expect(list.body["total"]).toBe(seen.length)
          const found = await service.ask("GET", "/incidents/?q=printer&limit=100&count=true")
          expect([itemsOf(found.body), found.body["total"]]).toEqual([seen, seen.length])
          const named = await service.ask("GET", `/incidents/?id[in]=${ids.join(",")}&limit=100`)
          expect(itemsOf(named.body)).toEqual(seen)
          const parts = await Promise.all(ids.map((id) => service.ask("GET", `/incidents/${id}/comments/`)))
          for (const [index, { status }] of parts.entries())
            expect([403, seen.includes(ids[index]!) ? 200 : 404]).toContain(status)
          const everywhere = await service.ask("GET", "/incident-comments/?limit=100&count=true")
          if (parts[0]!.status === 403) expect(everywhere.status).toBe(403)
          else {
            const comments = parts.flatMap(({ status, body }) => (status === 200 ? itemsOf(body) : [])).toSorted()
            expect([itemsOf(everywhere.body), everywhere.body["total"]]).toEqual([comments, comments.length])
            if (comments.length > 0 && comments.length < 2 * seen.length) parted++
          }
          const paged: Array<string> = []
          for (let cursor: string | null = ""; cursor !== null;) {
            const { body } = await service.ask(
              "GET",
              `/incidents/?limit=5&sort=title${cursor === "" ? "" : `&cursor=${cursor}`}`
            )
            paged.push(...itemsOf(body))
            cursor = body["nextCursor"] as string | null
          }
          expect(paged.toSorted()).toEqual(seen)
          if (seen.length > 0 && seen.length < ids.length) partial++
        }
      ),
      { numRuns: 1000 }
    )
    expect(partial).toBeGreaterThan(100)
    expect(parted).toBeGreaterThan(20)
  }, 120_000)
})

describe("the explanation", () => {
  const bodies: Readonly<Record<string, object>> = {
    update: { title: "Another printer" },
    resolve: { resolutionCode: "fixed", resolutionNotes: "The cable was loose." },
    cancel: { cancelReason: "withdrawn" },
    add_comment: { body: "Words" },
    override_priority: { priority: 1, reason: "The board meets." }
  }
  const call = (action: string, id: string) => {
    const at = `/incidents/${id}/`
    if (action === "read") return service.ask("GET", at)
    const body = bodies[action]
    const asking = body === undefined ? {} : { body }
    if (action === "update") return service.ask("PATCH", `${at}?dryRun=true`, asking)
    if (action === "delete") return service.ask("DELETE", `${at}?dryRun=true`)
    return service.ask("POST", `${at}${action}/?dryRun=true`, asking)
  }

  it("agrees with what the route then does, for any grants, record and action", async () => {
    const counted = { allowed: 0, refused: 0, hidden: 0, conflict: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.array(grantFor(actions), { maxLength: 5 }),
        who,
        fc.constantFrom(...actions),
        fc.nat(),
        async (grants, at, action, nth) => {
          asked = actorWith(
            [
              ...grants,
              ...(nth % 2 === 0
                ? [
                    {
                      permission: "incident.read",
                      effect: "allow" as const,
                      scope: "organization" as const,
                      condition: null,
                      within: null
                    }
                  ]
                : [])
            ],
            at
          )
          const id = ids[nth % ids.length]!
          const { status, body } = await service.ask(
            "GET",
            `/auth/explain/?resource=incident&action=${action}&id=${id}`
          )
          const real = await call(action, id)
          const story = JSON.stringify({ action, body, real: real.body, state: real.status })
          if (status === 404) {
            counted.hidden++
            // the permission of the route is checked before anything is looked up
            expect([403, 404], story).toContain(real.status)
            return
          }
          expect(status, story).toBe(200)
          const ever = await service.ask("GET", `/auth/explain/?resource=incident&action=${action}`)
          if (body["allow"] === true) {
            counted.allowed++
            expect(real.status, story).toBeLessThan(300)
            expect(body["matchedGrant"]).toMatchObject({ effect: "allow", source: "random" })
            expect(ever.body["allow"]).toBe(true)
          } else if (body["guards"] === undefined || (body["matchedGrant"] as Json | null)?.["effect"] !== "allow") {
            counted.refused++
            expect(real.status, story).toBe(403)
          } else {
            counted.conflict++
            expect([403, 409], story).toContain(real.status)
          }
          if (ever.body["allow"] === false) expect(real.status, story).toBe(403)
        }
      ),
      { numRuns: 1500 }
    )
    for (const [kind, count] of Object.entries(counted)) expect(count, kind).toBeGreaterThan(20)
  }, 120_000)

  it("says what is wrong with a question", async () => {
    asked = service.people.admin
    for (const [query, parameter] of [
      ["resource=incident", "action"],
      ["action=resolve", "resource"],
      ["action=resolve&resource=nothing", "resource"],
      ["action=fly&resource=incident", "action"],
      [`action=create&resource=team&id=${teams[0]}`, "id"],
      ["action=read&resource=session", "resource"]
    ]) {
      const { status, body } = await service.ask("GET", `/auth/explain/?${query}`)
      const errors = body["errors"] as ReadonlyArray<Json>
      expect([status, body["code"], errors[0]!["parameter"]], query).toEqual([400, "invalid_parameter", parameter])
    }
    expect((await service.ask("GET", "/auth/explain/?action=read&resource=team&more=1")).body["code"]).toBe(
      "unknown_parameter"
    )
  })

  it("knows no record that the caller does not see, and no one of another organization", async () => {
    asked = service.people.stranger
    const at = (id: string) => service.ask("GET", `/auth/explain/?resource=incident&action=resolve&id=${id}`)
    const telling = async (id: string) => {
      const { status, body } = await at(id)
      const { requestId: _, instance: __, ...rest } = body
      return [status, rest]
    }
    const random = "0192f0c1-7d2a-7c3e-8a4b-5c6d7e8f9a0b"
    expect(await telling(ids[0]!)).toEqual(await telling(random))
    expect((await at(random)).status).toBe(404)
    const about = (userId: unknown) =>
      service.ask("GET", `/auth/explain/?resource=incident&action=resolve&userId=${String(userId)}`)
    expect((await about(service.people.agent.id)).status).toBe(404)
    asked = service.people.agent
    expect((await about(service.people.caller.id)).body["code"]).toBe("permission_denied")
    expect((await about(service.people.agent.id)).body).toMatchObject({ allow: true, scope: "team" })
    const { admin, caller } = service.people
    const unseen = { permission: "user.read", effect: "deny", scope: "organization", source: "test" } as const
    asked = {
      ...admin,
      grants: [...admin.grants, { ...unseen, condition: { field: "id", op: "eq", value: caller.id } }]
    }
    expect((await about(caller.id)).status).toBe(404)
    expect((await about(service.people.agent.id)).status).toBe(200)
    asked = service.people.admin
    expect((await about(service.people.caller.id)).body).toMatchObject({
      allow: false,
      matchedGrant: null,
      permission: "incident.resolve",
      reason: 'No grant of "incident.resolve".'
    })
    const seen = await service.ask("GET", `/auth/explain/?resource=user&action=read&userId=${service.people.agent.id}`)
    expect(seen.body["fields"]).toEqual(expect.arrayContaining(["id", "displayName", "vip"]))
    expect(seen.body["fields"]).not.toContain("isSuperuser")
  })
})
