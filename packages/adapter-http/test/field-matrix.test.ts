import { catalogue, Kinds, Mask, RoleMatrix, type Entity } from "@itsm/core"
import type { Person } from "@itsm/core/testing"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeOracle } from "./answer-oracle.ts"
import type { Json } from "./fuzz-values.ts"
import { startWorld, type World } from "./world.ts"

type Shown = Readonly<Record<string, unknown>>

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const persons: Readonly<Record<RoleMatrix.BuiltInRole, Person>> = {
  end_user: "caller",
  agent: "agent",
  manager: "manager",
  admin: "admin"
}

/** What the matrix of docs/generated/permissions says that a role reads of every record; none where it reads none. */
const written = (role: RoleMatrix.BuiltInRole, entity: Entity.AnyEntity): ReadonlySet<string> | "all" => {
  const permissions = [`${entity.resource}.read`, `${entity.resource}.*`, "*"]
  const lines = catalogue.grantsOf(role).filter(({ permission }) => permissions.includes(permission))
  const masked = lines.filter(({ scope, fields }) => scope === "organization" && fields !== undefined)
  return masked.length === 0
    ? "all"
    : new Set([...Mask.baseFields(entity), ...masked.flatMap(({ fields }) => fields ?? [])])
}

const cells = catalogue.services
  .map(({ entity }): Entity.AnyEntity => entity)
  .filter((entity) => entity.parent === undefined && entity.role !== "setting")
  .flatMap((entity) =>
    RoleMatrix.builtInRoles.map((role) => ({ name: entity.name as string, entity, role, person: persons[role] }))
  )
const get = (person: Person, path: string) => world.ask("GET", path, { token: world.acme.tokens[person] })

describe("every field of every record, for each role (C4, field matrix)", () => {
  it.each(cells)(
    "$name for $role: is shown, filtered and sorted by where it may be read",
    async ({ entity, role, person }) => {
      const at = `/${entity.path}/`
      const list = await get(person, `${at}?limit=100`)
      if (list.status === 403) return expect((await get(person, `${at}?createdAt[isNull]=false`)).status).toBe(403)
      const open = written(role, entity)
      const isOpen = (name: string) => open === "all" || open.has(name)
      const shown = list.body["items"] as ReadonlyArray<Shown>
      expect(shown.length).toBeGreaterThan(0)
      for (const field of entity.fields) {
        const isSecret = field.access === "secret"
        for (const record of shown) {
          if (isSecret) expect(record).not.toHaveProperty(field.name)
          else if (isOpen(field.name)) expect(record).toHaveProperty(field.name)
        }
        const isReadable = !isSecret && isOpen(field.name)
        const selected = await get(person, `${at}?fields=${field.name}`)
        expect([field.name, selected.status]).toEqual([field.name, isReadable ? 200 : 400])
        const filtered = await get(person, `${at}?${field.name}[isNull]=false`)
        const sorted = await get(person, `${at}?sort=-${field.name}`)
        const { operators, order } = Kinds.kinds[field.kind]
        expect([field.name, filtered.status, sorted.status]).toEqual([
          field.name,
          isReadable && operators.length > 0 ? 200 : 400,
          isReadable && order !== undefined ? 200 : 400
        ])
        if (filtered.status === 400) expect(filtered.body["code"]).toBe("unknown_parameter")
        if (sorted.status === 400) expect(sorted.body["code"]).toBe("invalid_parameter")
      }
    }
  )

  it("of a user is hidden from colleagues, and shown to the user, their manager and administrators", async () => {
    const { people } = world.acme
    const seen = async (person: Person, of: Person) => Object.keys((await get(person, `/users/${people[of]}/`)).body)
    const hidden = ["vip", "isSuperuser", "passwordChangedAt"]
    const shown = async (person: Person, of: Person) => {
      const names = await seen(person, of)
      return hidden.filter((name) => names.includes(name))
    }
    expect(await shown("caller", "bystander")).toEqual([])
    expect(await shown("agent", "bystander")).toEqual(["vip"])
    expect(await shown("caller", "caller")).toEqual(hidden)
    expect(await shown("manager", "caller")).toEqual(hidden)
    expect(await shown("manager", "bystander")).toEqual(["vip"])
    expect(await shown("admin", "bystander")).toEqual(hidden)
    expect(await seen("caller", "bystander")).toEqual(
      expect.arrayContaining([
        "id",
        "version",
        "displayName",
        "email",
        "phone",
        "departmentId",
        "state",
        "allowedActions"
      ])
    )
  })

  it("is hidden the same way in what is included, and in what a command answers", async () => {
    const { incidents, people } = world.acme
    const { body } = await get("agent", `/incidents/${incidents.assigned}/?include=requester`)
    expect(body["requester"]).toMatchObject({ id: people.caller, vip: false })
    expect(body["requester"]).not.toHaveProperty("passwordChangedAt")
    const own = await get("caller", `/incidents/${incidents.assigned}/?include=requester,assignee`)
    expect(own.body["requester"]).toHaveProperty("passwordChangedAt")
    const page = await get("caller", "/team-members/?include=user")
    for (const { user } of page.body["items"] as ReadonlyArray<{ readonly user: Shown }>) {
      expect(user).toHaveProperty("displayName")
      expect(user).not.toHaveProperty("vip")
    }
  })

  it("of one record may be selected where it may be read there", async () => {
    const { people } = world.acme
    const at = (of: Person) => get("caller", `/users/${people[of]}/?fields=displayName,passwordChangedAt`)
    expect(Object.keys((await at("caller")).body).toSorted()).toEqual(["displayName", "passwordChangedAt"])
    const refused = await at("bystander")
    expect([refused.status, refused.body["code"]]).toEqual([400, "invalid_parameter"])
  })
})

describe("a grant or denial of single fields", () => {
  const admin = () => world.acme.tokens.admin
  const give = (more: object) =>
    world.ask("POST", "/user-permissions/", {
      token: admin(),
      body: {
        subjectType: "user",
        subjectId: world.acme.people.colleague,
        effect: "allow",
        scope: "organization",
        ...more
      }
    })
  const patch = (body: object) =>
    world.ask("PATCH", `/users/${world.acme.people.bystander}/`, { token: world.acme.tokens.colleague, body })

  it("opens what it names for writing, and the refusal names the rest", async () => {
    expect((await patch({ phone: "1" })).status).toBe(403)
    expect((await give({ permission: "user.update", fields: ["phone", "locale"] })).status).toBe(201)
    // the account of somebody who may do no more than they
    const done = await patch({ phone: "+49 30 1" })
    expect([done.status, done.body["phone"]]).toEqual([200, "+49 30 1"])
    const { status, body } = await patch({ phone: "+49 30 2", vip: true, email: 5 })
    expect([status, body["code"], body["errors"]]).toEqual([
      403,
      "permission_denied",
      ["/vip", "/email"].map((pointer) => ({ pointer, code: "not_permitted", message: "may not be changed by you" }))
    ])
    expect((await patch({ phone: 5 })).status).toBe(422)
    expect((await get("admin", `/users/${world.acme.people.bystander}/`)).body["phone"]).toBe("+49 30 1")
  })

  it("holds for a replacement, which must not reset what it leaves out", async () => {
    const put = (body: object, token = world.acme.tokens.colleague) =>
      world.ask("PUT", "/incident-settings/", { token, body, headers: { "if-match": "*" } })
    expect((await put({ reopenWindowDays: 3 }, admin())).status).toBe(200)
    expect((await give({ permission: "incident_settings.update", fields: ["reopenWindowDays"] })).status).toBe(201)
    for (const [body, pointer] of [
      [{ reopenWindowDays: 4, reopenOnReply: false }, "/reopenOnReply"],
      [{ reopenWindowDays: 4, commentEditMinutes: 15 }, "/commentEditMinutes"]
    ] as const) {
      const { status, body: problem } = await put(body)
      expect([status, (problem["errors"] as ReadonlyArray<Shown>).map((each) => each["pointer"])]).toEqual([
        403,
        [pointer]
      ])
    }
    expect((await put({ reopenWindowDays: 4 })).body["reopenWindowDays"]).toBe(4)
    expect((await put({ commentEditMinutes: 30 }, admin())).status).toBe(200)
    const reset = await put({ reopenWindowDays: 5 })
    expect([reset.status, reset.body["code"]]).toEqual([403, "permission_denied"])
    expect((await get("admin", "/incident-settings/")).body).toMatchObject({ commentEditMinutes: 30 })
  })

  it("takes what it names away, from lists and search as well (T-AUTHZ-5)", async () => {
    expect(
      (await give({ permission: "user.read", effect: "deny", fields: ["email", "phone", "managerId"] })).status
    ).toBe(201)
    const list = await get("colleague", "/users/?limit=100")
    for (const user of list.body["items"] as ReadonlyArray<Shown>) {
      expect(user).toHaveProperty("displayName")
      expect(user).not.toHaveProperty("email")
    }
    for (const query of [
      "email=a@b.example",
      "q=bystander",
      "sort=phone",
      "fields=email",
      "email[contains]=a",
      "include=manager"
    ])
      expect([query, (await get("colleague", `/users/?${query}`)).status]).toEqual([query, 400])
    expect((await get("colleague", `/users/${world.acme.people.bystander}/?include=manager`)).status).toBe(400)
    expect((await get("colleague", "/users/?displayName[contains]=by&include=department")).status).toBe(200)
    const judge = makeOracle(world.document() as Json)
    const one = await get("colleague", `/users/${world.acme.people.bystander}/`)
    expect(judge("/api/v1/users/{id}/", "GET", one)).toEqual([])
    expect(judge("/api/v1/users/", "GET", list)).toEqual([])
  })

  it("fits its permission and its records, or is refused", async () => {
    for (const [more, pointer] of [
      [{ permission: "user.read", fields: ["passwordHash"] }, "/fields/0"],
      [{ permission: "user.update", fields: ["phone", "isSuperuser"] }, "/fields/1"],
      [{ permission: "user.disable", fields: ["phone"] }, "/fields"],
      [{ permission: "*", fields: ["phone"] }, "/fields"],
      [{ permission: "*", condition: { field: "state", op: "eq", value: "new" } }, "/condition"],
      [{ permission: "incident.*", condition: { field: "nothing", op: "eq", value: "new" } }, "/condition/field"],
      [{ permission: "incident.read", condition: { field: "state", op: "eq", value: "gone" } }, "/condition/value"]
    ] as const) {
      const { status, body } = await give(more)
      const errors = (body["errors"] ?? []) as ReadonlyArray<{ readonly pointer: string }>
      expect([status, errors.map((each) => each.pointer)], JSON.stringify(more)).toEqual([422, [pointer]])
    }
  })

  it("names no record of another organization, in no condition and no role", async () => {
    const { acme, globex } = world
    const [ours, theirs] = [acme.people.agent, globex.people.agent]
    const limited = (condition: object) => ({ permission: "incident.read", condition })
    const pointers = ({ status, body }: { readonly status: number; readonly body: Shown }) => [
      status,
      ...((body["errors"] ?? []) as ReadonlyArray<Shown>).map(
        ({ code, pointer }) => `${String(code)} ${String(pointer)}`
      )
    ]
    const foreign = { field: "assigneeId", op: "eq", value: theirs }
    expect(pointers(await give(limited(foreign)))).toEqual([422, "reference_not_found /condition/value"])
    const mixed = { all: [{ field: "assigneeId", op: "in", value: [ours, theirs] }] }
    const made = await world.ask("POST", "/roles/", {
      token: admin(),
      body: {
        key: "reader",
        name: "Reader",
        permissions: [
          { ...limited({ field: "tags", op: "has", value: "vpn" }), scope: "organization" },
          {
            ...limited(mixed),
            scope: "organization"
          }
        ]
      }
    })
    expect(pointers(made)).toEqual([422, "reference_not_found /permissions/1/condition/all/0/value/1"])
  })

  it("limited to some records holds for these alone, in lists and on records", async () => {
    const condition = {
      any: [{ field: "state", op: "eq", value: "resolved" }, { not: { field: "priority", op: "gt", value: 1 } }]
    }
    const token = world.acme.tokens.bystander
    const made = await world.ask("POST", "/user-permissions/", {
      token: admin(),
      body: {
        subjectType: "user",
        subjectId: world.acme.people.bystander,
        permission: "incident.read",
        effect: "allow",
        scope: "organization",
        condition
      }
    })
    expect([made.status, made.body["condition"]]).toEqual([201, condition])
    const all = await get("admin", "/incidents/?limit=100")
    const wanted = (all.body["items"] as ReadonlyArray<Shown>)
      .filter(
        ({ state, priority, createdById }) =>
          state === "resolved" || priority === 1 || createdById === world.acme.people.bystander
      )
      .map(({ id }) => id)
    const list = await world.ask("GET", "/incidents/?limit=100", { token })
    expect((list.body["items"] as ReadonlyArray<Shown>).map(({ id }) => id)).toEqual(wanted)
    expect((await world.ask("GET", `/incidents/${world.acme.incidents.closed}/`, { token })).status).toBe(404)
    expect((await world.ask("GET", `/incidents/${world.acme.incidents.resolved}/`, { token })).status).toBe(200)
  })
})
