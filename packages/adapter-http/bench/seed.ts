import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, Condition, type Entity, Instant, Stamp, Store, Text } from "@itsm/core/kernel"
import { Departments, found, Roles, Session, TeamMembers, Teams, User, UserRoles, Users } from "@itsm/core/identity"
import { Incident, IncidentComment } from "@itsm/core/incidents"
import { incidents, inLargest, organizations, type Tenant, type World } from "./world.ts"

const requesters = 50
const teams = 4
const began = Date.UTC(2026, 0, 1)

/** One organization with a department, its teams, and an agent who is in all of them and signed in. */
const settle = Effect.fnUntraced(function* (number: number) {
  const slug = `bench-${number}`
  const { organization } = yield* found({
    name: slug,
    slug,
    administrator: { email: `admin@${slug}.example`, displayName: "Admin" }
  })
  const { agentId, teamIds } = yield* Effect.gen(function* () {
    const agent = yield* Users.use((users) => users.create({ email: `agent@${slug}.example`, displayName: "Agent" }))
    yield* Users.use((users) => users.enable(agent.id))
    const [role] = (yield* Roles.use((roles) => roles.list({ where: Condition.eq("key", "agent") }))).items
    yield* UserRoles.use((roles) => roles.create({ userId: agent.id, roleId: role!.id }))
    const department = yield* Departments.use((departments) => departments.create({ name: "Operations" }))
    const made = yield* Effect.forEach(Array.from({ length: teams }).keys(), (index) =>
      Teams.use((service) => service.create({ name: `Team ${index + 1}`, departmentId: department.id }))
    )
    yield* Effect.forEach(made, ({ id }) =>
      TeamMembers.use((members) => members.create({ teamId: id, userId: agent.id }))
    )
    return { agentId: agent.id, teamIds: made.map(({ id }) => id) }
  }).pipe(Actor.provide(Actor.system(organization.id)))
  const now = yield* Instant.now
  const session = Session.make({
    userId: agentId,
    amr: ["pwd"],
    authenticatedAt: now,
    expiresAt: Instant.plusMs(now, Instant.dayMs)
  })
  const sessionId = `00000004-0000-7000-8000-${String(number).padStart(12, "0")}`
  const by = { now, actor: { id: agentId, organizationId: organization.id } }
  yield* Store.Store.use((store) =>
    store.commit({ organizationId: organization.id }, [
      { kind: "insert", entity: Session, record: Stamp.stamp(Session, by, sessionId, session) }
    ])
  )
  const requesterIds = Array.from({ length: requesters }, (_, index) => requesterId(number, index))
  return { id: organization.id, agentId, sessionId, teamIds, requesterIds } satisfies Tenant
})

const requesterId = (tenant: number, index: number) =>
  `00000002-0000-7000-8000-${String(tenant * 1000 + index).padStart(12, "0")}`

/** The columns of a record that has nothing but its initial values. */
const template = (entity: Entity.AnyEntity, draft: object): string => {
  const actor = { id: null, organizationId: "" as Tenant["id"] as never }
  const record = Stamp.stamp(entity, { now: Instant.fromEpochMs(began), actor }, "", entity.make(draft as never))
  const blank = Object.fromEntries(entity.fields.map(({ name }) => [name, null]))
  const columns = Object.entries({ ...blank, ...record }).map(([name, value]) => [Text.snakeCase(name), value])
  return JSON.stringify({ ...Object.fromEntries(columns), search_words: "" })
}

const id = (of: number, number: string) =>
  `lpad('${of}', 8, '0') || '-0000-7000-8000-' || lpad((${number})::text, 12, '0')`
const at = (number: string) => `timestamptz '2026-01-01' + (${number}) * interval '1 second'`
const tenantAt = `(CASE WHEN n <= ${inLargest} THEN 0 ELSE 1 + n % ${organizations - 1} END)`

/** A row for each number, made by the database: the template with what differs from row to row. */
const rows = (table: string, series: string, columns: Readonly<Record<string, string>>) =>
  `INSERT INTO ${table} SELECT r.* FROM ${series},
   LATERAL jsonb_populate_record(NULL::${table}, $1::jsonb || jsonb_build_object(${Object.entries(columns)
     .map(([name, value]) => `'${name}', ${value}`)
     .join(", ")})) r`

const words = `array_to_tsvector(ARRAY['inc', lpad(n::text, 6, '0'), 'printer', 'p' || n, 'r' || n % 1000, 'jams', 'it', 'broke'])::text`

const statements = (tenants: ReadonlyArray<Tenant>) => {
  const tenantIds = tenants.map((tenant) => tenant.id)
  const organization = `($2::uuid[])[1 + ${tenantAt}]`
  const moment = { created_at: at("n"), updated_at: at("n") }
  return [
    {
      text: rows("users", `generate_series(0, ${organizations - 1}) o, generate_series(0, ${requesters - 1}) k`, {
        id: id(2, "o * 1000 + k"),
        organization_id: "($2::uuid[])[1 + o]",
        email: `'caller' || k || '@bench-' || o || '.example'`
      }),
      parameters: [template(User, { displayName: "Caller", email: "", state: "active" }), tenantIds]
    },
    {
      text: rows("incidents", "generate_series(1, $4::int) n", {
        ...moment,
        id: id(3, "n"),
        organization_id: organization,
        number: `'INC-' || lpad(n::text, 6, '0')`,
        title: `'Printer p' || n || ' in r' || n % 1000 || ' jams'`,
        state: `CASE WHEN n % 5 = 0 THEN 'cancelled' ELSE 'in_progress' END`,
        priority: "1 + n % 5",
        requester_id: id(2, `${tenantAt} * 1000 + n % ${requesters}`),
        assignee_id: id(2, `${tenantAt} * 1000 + n % 10`),
        team_id: `($3::uuid[])[1 + ${tenantAt} * ${teams} + n % ${teams}]`,
        opened_at: at("n"),
        search_words: words
      }),
      parameters: [
        template(Incident, { description: "It broke.", computedPriority: 3 }),
        tenantIds,
        tenants.flatMap((tenant) => tenant.teamIds),
        incidents
      ]
    },
    {
      text: rows("incident_comments", "generate_series(1, $3::int) n", {
        ...moment,
        id: id(5, "n"),
        organization_id: organization,
        incident_id: id(3, "n"),
        author_id: id(2, `${tenantAt} * 1000 + n % ${requesters}`)
      }),
      parameters: [template(IncidentComment, { authorKind: "user", body: "Still broken." }), tenantIds, incidents]
    },
    {
      text: `INSERT INTO number_sequences SELECT o, 'INC', $2::int + 1 FROM unnest($1::uuid[]) o`,
      parameters: [tenantIds, incidents]
    },
    { text: "VACUUM ANALYZE", parameters: [] }
  ]
}

/** The organizations with their people, 100,000 incidents, and a comment on each of them. */
export const seed = Effect.gen(function* () {
  const tenants = yield* Effect.forEach(Array.from({ length: organizations }).keys(), settle)
  const sql = yield* SqlClient.SqlClient
  for (const { text, parameters } of statements(tenants)) yield* sql.unsafe(text, parameters).unprepared
  return { tenants, incidents } satisfies World
})
