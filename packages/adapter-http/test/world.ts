import { MemoryStore } from "@itsm/adapter-memory"
import { Delivery, Kernel, type Store } from "@itsm/core"
import { Factories } from "@itsm/core/testing"
import type { Layer } from "effect"
import { decodeJwt } from "jose"
import { type Answer, foundCompany, foundPlatform, type Instance, password, startInstance } from "./instance.ts"

/** `admin`, `manager` of IT, `agent` and `colleague` of the desk, `caller` in IT and `bystander` in sales. */
const cast = [
  { name: "manager", role: "manager", department: "it" },
  { name: "agent", role: "agent", department: "it" },
  { name: "colleague", role: "agent", department: "it" },
  { name: "caller", role: "end_user", department: "it" },
  { name: "bystander", role: "end_user", department: "sales" }
] as const
export type Person = (typeof cast)[number]["name"] | "admin"
type Json = Readonly<Record<string, unknown>>

/** How an incident of the caller gets into a state: the actions that lead there from its opening. */
const ways = {
  new: [],
  assigned: [["assign", "team"]],
  in_progress: [["start", "nothing"]],
  pending: [
    ["start", "nothing"],
    ["hold", "hold"]
  ],
  resolved: [["resolve", "resolution"]],
  closed: [
    ["resolve", "resolution"],
    ["close", "nothing"]
  ],
  cancelled: [["cancel", "withdrawal"]]
} as const
export type IncidentState = keyof typeof ways
export const states = Object.keys(ways) as ReadonlyArray<IncidentState>

const expectStatus = (answer: Answer, wanted: number, what: string) => {
  if (answer.status !== wanted) throw new Error(`${what} is ${answer.status}: ${answer.text}`)
  return answer.body
}

const idOf = (record: Json) => String(record["id"])

/** An organization with people, teams, configuration and incidents, and a live and a deleted record of every kind. */
export const populate = async (instance: Instance, slug: string) => {
  const organization = await foundCompany(instance, slug)
  const mail = (name: string) => `${name}@${slug}.example`
  const admin = await instance.signIn(mail("admin"))
  const make = async (path: string, body: object, token = admin) =>
    expectStatus(await instance.ask("POST", path, { token, body }), 201, `POST ${path}`)
  const remove = async (path: string) =>
    expectStatus(
      await instance.ask("DELETE", path, { token: admin, headers: { "if-match": "*" } }),
      204,
      `DELETE ${path}`
    )
  const deletedOf = async (path: string, body: object) => {
    const id = idOf(await make(path, body))
    await remove(`${path.startsWith("/incidents/") && path !== "/incidents/" ? "/incident-comments/" : path}${id}/`)
    return id
  }

  const it = idOf(await make("/departments/", { name: "IT" }))
  const departments = { it, sales: idOf(await make("/departments/", { name: "Sales" })) }
  const people: Record<string, string> = {}
  const listed = async (path: string) =>
    (await instance.ask("GET", path, { token: admin })).body["items"] as ReadonlyArray<Json>
  const roles = new Map((await listed("/roles/")).map((role) => [String(role["key"]), idOf(role)]))
  const userRoles: Record<string, string> = {}
  people["admin"] = idOf((await listed("/users/"))[0]!)
  for (const { name, role, department } of cast) {
    const user = { email: mail(name), displayName: name, departmentId: departments[department], password }
    people[name] = idOf(await make("/users/", user))
    userRoles[name] = idOf(await make("/user-roles/", { userId: people[name], roleId: roles.get(role) }))
  }
  expectStatus(
    await instance.ask("PATCH", `/departments/${it}/`, { token: admin, body: { managerId: people["manager"] } }),
    200,
    "PATCH"
  )
  const desk = idOf(await make("/teams/", { name: "Desk", departmentId: it }))
  const network = idOf(await make("/teams/", { name: "Network", departmentId: it }))
  const member = idOf(await make("/team-members/", { teamId: desk, userId: people["agent"] }))
  await make("/team-members/", { teamId: desk, userId: people["colleague"] })
  const hardware = idOf(await make("/categories/", { name: "Hardware" }))
  const laptop = idOf(await make("/categories/", { name: "Laptop", parentId: hardware }))
  const auditor = idOf(await make("/roles/", { key: "auditor", name: "Auditor", permissions: ["incident.read"] }))
  const grant = (permission: string) => ({
    subjectType: "user",
    subjectId: people["bystander"],
    permission,
    effect: "allow",
    scope: "organization"
  })
  const userPermission = idOf(await make("/user-permissions/", grant("category.read")))

  const invited = idOf(await make("/users/", { email: mail("invited"), displayName: "Invited", departmentId: it }))

  const tokens = { admin } as Record<Person, string>
  for (const { name } of cast) tokens[name] = await instance.signIn(mail(name))

  const inputs = {
    nothing: {},
    team: { teamId: desk },
    hold: { pendingReason: "other" },
    resolution: { resolutionCode: "fixed", resolutionNotes: "The cable was loose." },
    withdrawal: { cancelReason: "withdrawn" }
  }
  /** An incident that the caller reported, in this state; all states but `new` belong to the desk. */
  const incidentIn = async (state: IncidentState): Promise<string> => {
    const team = state === "new" || state === "assigned" ? {} : { teamId: desk }
    const body = { title: `Mail is ${state}`, requesterId: people["caller"], categoryId: hardware, ...team }
    const incident = idOf(await make("/incidents/", body))
    for (const [action, input] of ways[state]) {
      const path = `/incidents/${incident}/${action}/`
      expectStatus(await instance.ask("POST", path, { token: admin, body: inputs[input] }), 200, path)
    }
    return incident
  }
  const incidents = {} as Record<IncidentState | "hidden" | "deleted" | "overridden", string>
  for (const state of states) incidents[state] = await incidentIn(state)
  incidents.overridden = await incidentIn("assigned")
  const override = `/incidents/${incidents.overridden}/override_priority/`
  await instance.ask("POST", override, { token: admin, body: { priority: 1, reason: "The board meets." } })
  incidents.hidden = idOf(await make("/incidents/", { title: "Salary is wrong" }, tokens.bystander))
  incidents.deleted = await deletedOf("/incidents/", { title: "Sent twice" })
  const comments = `/incidents/${incidents.assigned}/comments/`
  const note = (visibility: string) => ({ body: `${visibility} words`, visibility })
  const comment = {
    own: idOf(await make(comments, note("public"), tokens.caller)),
    internal: idOf(await make(comments, note("internal"), tokens.agent))
  }
  const [audited] = await listed("/audit-logs/")
  const [matrix, rules] = [
    await instance.ask("GET", "/priority-matrix/", { token: admin }),
    await instance.ask("GET", "/incident-settings/", { token: admin })
  ]
  const dead = Factories.delivery(organization.id, { state: "dead", dueAt: null, attempts: 12, lastError: "No route." })
  await instance.run(
    Kernel.Kernel.use(({ store }) =>
      store.commit({ organizationId: organization.id }, [{ kind: "insert", entity: Delivery.Delivery, record: dead }])
    )
  )
  const deleted: Readonly<Record<string, string>> = {
    Department: await deletedOf("/departments/", { name: "Gone" }),
    Team: await deletedOf("/teams/", { name: "Gone" }),
    TeamMember: await deletedOf("/team-members/", { teamId: network, userId: people["agent"] }),
    User: await deletedOf("/users/", { email: mail("gone"), displayName: "Gone" }),
    Role: await deletedOf("/roles/", { key: "gone", name: "Gone", permissions: [] }),
    UserRole: await deletedOf("/user-roles/", { userId: people["bystander"], roleId: auditor }),
    UserPermission: await deletedOf("/user-permissions/", grant("role.read")),
    Category: await deletedOf("/categories/", { name: "Gone" }),
    Incident: incidents.deleted,
    IncidentComment: await deletedOf(comments, note("public"))
  }
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
  const key = { name: "Monitoring", scopes: ["incident.read"], expiresAt }
  const apiKey = idOf(await make("/auth/api-keys/", key, tokens.agent))
  const live: Readonly<Record<string, string>> = {
    Organization: organization.id,
    Department: departments.sales,
    Team: network,
    TeamMember: member,
    User: people["colleague"]!,
    Role: auditor,
    UserRole: userRoles["caller"]!,
    UserPermission: userPermission,
    Category: laptop,
    Incident: incidents.assigned,
    IncidentComment: comment.own,
    AuditLog: idOf(audited!),
    Delivery: dead.id,
    PriorityMatrix: idOf(matrix.body),
    IncidentSettings: idOf(rules.body),
    Session: String(decodeJwt(tokens.colleague)["sid"]),
    ApiKey: apiKey
  }
  const session = String(decodeJwt(tokens.caller)["sid"])
  return {
    slug,
    /** The session of the caller's token. */
    session,
    /** An API key of the agent. */
    apiKey,
    organizationId: organization.id,
    tokens,
    people: people as Readonly<Record<Person, string>>,
    departments,
    teams: { desk, network },
    categories: { hardware, laptop },
    invited,
    incidents,
    comment,
    live,
    deleted,
    incidentIn
  }
}

export type Company = Awaited<ReturnType<typeof populate>>

/** Two organizations that know nothing of each other, and the operator of the platform. */
export const startWorld = async (store: Layer.Layer<Store.Store, unknown> = MemoryStore.layer) => {
  const instance = await startInstance(store)
  const acme = await populate(instance, "acme")
  const globex = await populate(instance, "globex")
  await foundPlatform(instance)
  return { ...instance, acme, globex, operator: await instance.signIn("operator@platform.example") }
}

export type World = Awaited<ReturnType<typeof startWorld>>
