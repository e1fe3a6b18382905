import { assert, layer } from "@effect/vitest"
import { catalogue, Incident, IncidentComment } from "@itsm/core"
import { Actor, Condition, Entity, Policy } from "@itsm/core/kernel"
import { PgStore } from "@itsm/adapter-pg"
import { Effect, Layer } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import * as Query from "../src/query-sql.ts"
import { within } from "../src/reach-sql.ts"
import { freshStore } from "./database.ts"
import { manyIncidents, organizationId } from "./many-incidents.ts"

const organization = organizationId(1)
const reach = { organizationId: organization }
const idOf = (of: number, number: number) =>
  `${String(of).padStart(8, "0")}-0000-7000-8000-${String(number).padStart(12, "0")}`
const [team, department, person] = [idOf(5, 7), idOf(6, 7), idOf(2, 7)]

const sqlId = (of: number, number: string) =>
  `(lpad('${of}', 8, '0') || '-0000-7000-8000-' || lpad((${number})::text, 12, '0'))::uuid`
/** Records number `from` to 100 of a table, with these columns beside what all have. */
const fill = (table: string, of: number, from: number, columns: Readonly<Record<string, string>>) =>
  `INSERT INTO ${table} (organization_id, id, version, created_at, updated_at, search_words, ${Object.keys(columns).join(", ")})
   SELECT '${organization}', ${sqlId(of, "n")}, 1, now(), now(), '', ${Object.values(columns).join(", ")}
   FROM generate_series(${from}, 100) n`

/** A hundred people, teams and departments; the incidents of one person are few and old. */
const spread = SqlClient.SqlClient.use((sql) =>
  Effect.forEach(
    [
      fill("departments", 6, 1, { name: "'D' || n" }),
      fill("teams", 5, 1, { name: "'T' || n", support_level: "1", active: "true" }),
      fill("users", 2, 2, {
        email: "'p' || n || '@acme.example'",
        display_name: "'P'",
        time_zone: "'UTC'",
        locale: "'en'",
        vip: "false",
        state: "'active'",
        is_superuser: "false",
        must_change_password: "false",
        sign_in_epoch: "0"
      }),
      `UPDATE incidents SET team_id = ${sqlId(5, "1 + n % 100")}, department_id = ${sqlId(6, "1 + n / 100 % 100")},
         requester_id = ${sqlId(2, "CASE WHEN n < 200 THEN 7 ELSE 1 END")}, created_by_id = ${sqlId(2, "1")}
       FROM (SELECT id AS at, right(id::text, 12)::int AS n FROM incidents) numbered WHERE id = at`,
      "VACUUM ANALYZE"
    ],
    (text) => sql.unsafe(text).unprepared,
    { discard: true }
  )
)

const actorWith = (grants: ReadonlyArray<Omit<Actor.Grant, "source">>): Actor.Actor => ({
  ...Actor.system(organization),
  kind: "user",
  id: person as never,
  teamIds: [team],
  departmentIds: [department],
  departmentTeamIds: [team],
  grants: grants.map((grant) => ({ ...grant, source: "test" }))
})
const roleOf = (role: "end_user" | "agent" | "manager") =>
  actorWith(catalogue.grantsOf(role).map((line) => ({ ...line, effect: "allow" as const })))

const visible = (actor: Actor.Actor, entity: Entity.AnyEntity) =>
  Condition.all([Policy.visible(actor, entity), Entity.notDeleted(entity)])
const list = (actor: Actor.Actor, entity: Entity.AnyEntity = Incident) =>
  Query.find(reach, entity, {
    where: visible(actor, entity),
    sort: [{ field: "createdAt", direction: "desc" }],
    limit: 25
  })
const count = (actor: Actor.Actor, entity: Entity.AnyEntity = Incident) =>
  Query.count(reach, entity, visible(actor, entity), 10_001)

interface Plan {
  readonly "Node Type": string
  readonly "Shared Hit Blocks": number
  readonly "Shared Read Blocks": number
  readonly Plans?: ReadonlyArray<Plan>
}
type Explained = ReadonlyArray<{ readonly "QUERY PLAN": ReadonlyArray<{ readonly Plan: Plan }> }>

const kindsOf = (plan: Plan): ReadonlyArray<string> => [plan["Node Type"], ...(plan.Plans ?? []).flatMap(kindsOf)]

/** No table is read as a whole, and no more than these pages of it. */
const assertCheap = (statement: Query.Statement, mostBlocks: number) =>
  PgStore.StoreClient.use((sql) => {
    const { text, parameters } = within(reach, statement)
    return Effect.map(
      sql.unsafe(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, parameters) as Effect.Effect<
        Explained,
        SqlError.SqlError
      >,
      ([row]) => {
        const plan = row!["QUERY PLAN"][0]!.Plan
        assert.notInclude(kindsOf(plan), "Seq Scan")
        assert.isAtMost(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], mostBlocks)
      }
    )
  })

const database = Layer.provideMerge(Layer.effectDiscard(Effect.andThen(manyIncidents(100_000, 1), spread)), freshStore)

layer(database, { excludeTestServices: true, timeout: "2 minutes" })(
  "row rules over 100,000 incidents of one organization",
  (it) => {
    it.effect("who sees little of much finds it by the indexes of the row rule, in lists and counts", () =>
      Effect.gen(function* () {
        yield* assertCheap(list(roleOf("end_user")), 100)
        yield* assertCheap(count(roleOf("end_user")), 100)
      })
    )

    it.effect("so do members of teams and managers, whose rules unite their own, their teams' and departments'", () =>
      Effect.gen(function* () {
        for (const role of ["agent", "manager"] as const) {
          yield* assertCheap(list(roleOf(role)), 500)
          yield* assertCheap(count(roleOf(role)), 2500)
        }
      })
    )

    it.effect("parts across their wholes are found by the wholes, or in their own order", () =>
      Effect.gen(function* () {
        yield* assertCheap(list(roleOf("end_user"), IncidentComment), 3000)
        yield* assertCheap(count(roleOf("end_user"), IncidentComment), 3000)
        for (const role of ["agent", "manager"] as const) {
          yield* assertCheap(list(roleOf(role), IncidentComment), 8000)
          yield* assertCheap(count(roleOf(role), IncidentComment), 12_000)
        }
        yield* assertCheap(
          list(actorWith([{ permission: "*", effect: "allow", scope: "organization" }]), IncidentComment),
          500
        )
      })
    )

    it.effect("a grant inside a department, with a condition, is found by them, too", () =>
      Effect.gen(function* () {
        const belonging = { teamIds: [], departmentIds: [department], departmentTeamIds: [team] }
        const inside = actorWith([
          {
            permission: "incident.*",
            effect: "allow",
            scope: "organization",
            within: belonging,
            condition: Condition.eq("state", "new")
          }
        ])
        yield* assertCheap(list(inside), 1500)
        yield* assertCheap(count(inside), 1500)
      })
    )

    it.effect("a denial with a condition leaves the order of the list to its index", () =>
      assertCheap(
        list(
          actorWith([
            { permission: "*", effect: "allow", scope: "organization" },
            {
              permission: "incident.read",
              effect: "deny",
              scope: "organization",
              condition: Condition.any([Condition.eq("priority", 1), Condition.eq("teamId", team)])
            }
          ])
        ),
        50
      )
    )
  }
)
