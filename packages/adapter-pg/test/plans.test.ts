import { assert, layer } from "@effect/vitest"
import { Audit, Condition, Entity, type Store } from "@itsm/core/kernel"
import { Incident, IncidentComment } from "@itsm/core/incidents"
import { Effect, Layer } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { PgStore } from "@itsm/adapter-pg"
import * as Commit from "../src/commit-sql.ts"
import * as Query from "../src/query-sql.ts"
import { within } from "../src/reach-sql.ts"
import { freshStore } from "./database.ts"
import { departmentId, incidentId, manyIncidents, organizationId, userId } from "./many-incidents.ts"

interface Plan {
  readonly "Node Type": string
  readonly "Index Name"?: string
  readonly "Relation Name"?: string
  readonly "One-Time Filter"?: string
  readonly "Shared Hit Blocks": number
  readonly "Shared Read Blocks": number
  readonly Plans?: ReadonlyArray<Plan>
}

const nodes = (plan: Plan): ReadonlyArray<Plan> => [plan, ...(plan.Plans ?? []).flatMap(nodes)]

/** The tables that are read before the organization is named, which is what the condition on all rows together does. */
const ungated = (plan: Plan): ReadonlyArray<string> =>
  plan["One-Time Filter"]?.includes("InitPlan") === true
    ? []
    : [...[plan["Relation Name"] ?? []].flat(), ...(plan.Plans ?? []).flatMap(ungated)]

type Explained = ReadonlyArray<{ readonly "QUERY PLAN": ReadonlyArray<{ readonly Plan: Plan }> }>

/** As the store sends it: in the application's role, with the organization that it may reach. */
const explain = (statement: Query.Statement) =>
  PgStore.StoreClient.use((sql) => {
    const { text, parameters } = within(reach, statement)
    return Effect.map(
      sql.unsafe(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, parameters) as Effect.Effect<
        Explained,
        SqlError.SqlError
      >,
      ([row]) => {
        const plan = row!["QUERY PLAN"][0]!.Plan
        assert.isNotEmpty(nodes(plan).flatMap((node) => node["Relation Name"] ?? []))
        assert.deepStrictEqual(ungated(plan), [])
        return {
          kinds: nodes(plan).map((node) => node["Node Type"]),
          indexes: nodes(plan).flatMap((node) => node["Index Name"] ?? []),
          blocks: plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        }
      }
    )
  })

const reach = { organizationId: organizationId(3) }
const newestFirst = [{ field: "createdAt", direction: "desc" }] as const
const find = (entity: Entity.AnyEntity, query: Partial<Store.Query> = {}) =>
  Query.find(reach, entity, { where: Entity.notDeleted, sort: newestFirst, limit: 25, ...query })
const live = (...conditions: ReadonlyArray<Condition.Condition>) => Condition.all([...conditions, Entity.notDeleted])

/** The rows come from the index, and where its order is theirs, they are not sorted. */
const assertPlan = Effect.fnUntraced(function* (statement: Query.Statement, index: string, isOrdered = true) {
  const { kinds, indexes } = yield* explain(statement)
  assert.include(indexes, index)
  assert.notInclude(kinds, "Seq Scan")
  if (isOrdered) for (const kind of kinds) assert.notMatch(kind, /Sort|Bitmap/)
})

const database = Layer.provideMerge(Layer.effectDiscard(manyIncidents(100_000, 20)), freshStore)

layer(database, { excludeTestServices: true, timeout: "2 minutes" })(
  "over 100,000 incidents of 20 organizations",
  (it) => {
    it.effect("a record is found by its primary key", () =>
      assertPlan(Query.get(reach, Incident, incidentId(22)), "incidents_pkey")
    )

    it.effect("the first page of a list is read from its index", () => assertPlan(find(Incident), "incidents_list"))

    it.effect("page 1,000 costs what the first one costs", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const [last] = yield* sql<{ readonly at: Date; readonly id: string }>`
        SELECT created_at AS at, id FROM incidents WHERE organization_id = ${reach.organizationId}
        ORDER BY created_at DESC, id DESC OFFSET 3995 LIMIT 1`
        const page = find(Incident, { limit: 4, after: [last!.at.toISOString(), last!.id] })
        yield* assertPlan(page, "incidents_list")
        const first = yield* explain(find(Incident, { limit: 4 }))
        const thousandth = yield* explain(page)
        assert.isAtMost(thousandth.blocks, first.blocks + 3)
      })
    )

    it.effect("a filter and an order that an index has together need no sort", () =>
      assertPlan(find(Incident, { where: live(Condition.eq("priority", 2)) }), "incidents_priority_created_at_idx")
    )

    it.effect("and no page of that is read from its start", () =>
      assertPlan(
        find(Incident, {
          where: live(Condition.eq("priority", 2)),
          after: ["2026-02-01T00:00:00.000Z", incidentId(44_640)]
        }),
        "incidents_priority_created_at_idx"
      )
    )

    it.effect("an order by several fields is read from its index, on any page", () =>
      assertPlan(
        find(Incident, {
          sort: [
            { field: "priority", direction: "asc" },
            { field: "createdAt", direction: "asc" }
          ],
          after: [3, "2026-02-01T00:00:00.000Z", incidentId(44_640)]
        }),
        "incidents_priority_created_at_idx"
      )
    )

    it.effect("a search is answered from the index of words", () =>
      assertPlan(find(Incident, { where: live({ search: "printer 4242" }) }), "incidents_search", false)
    )

    it.effect("the comments of an incident are read from their index, in order", () =>
      assertPlan(
        find(IncidentComment, {
          where: live(Condition.eq("incidentId", incidentId(22))),
          sort: [{ field: "createdAt", direction: "asc" }]
        }),
        "incident_comments_incident_id_created_at_idx"
      )
    )

    it.effect("a number is found by its unique key", () =>
      assertPlan(
        find(Incident, { where: live(Condition.eq("number", "INC-000022")), sort: [] }),
        "incidents_number_key",
        false
      )
    )

    it.effect("several records are asked for by their primary keys", () =>
      assertPlan(
        Query.exists(
          reach,
          [22, 42, 62].map((number) => ({ entity: Incident, id: incidentId(number), where: Entity.notDeleted }))
        ),
        "incidents_pkey"
      )
    )

    it.effect("an update finds its record by its primary key", () =>
      Effect.gen(function* () {
        const record = { id: incidentId(22), organizationId: reach.organizationId, version: 2 }
        const update = { kind: "update", entity: Incident, record: record as never, expectedVersion: 1 } as const
        const { parts } = Commit.commit(reach.organizationId, [update])
        // the rows that it would write, without the rest of the record
        const [, from] = /FROM (jsonb_to_record.*) RETURNING/s.exec(parts!)!
        yield* assertPlan(
          {
            text: `SELECT t.id FROM "incidents" t, ${from!.replace(" WHERE ", " WHERE TRUE AND ")}`,
            parameters: [JSON.stringify(record)]
          },
          "incidents_pkey"
        )
      })
    )

    /** What a manager reads of the audit log: what was done in the department, or by themselves. */
    const audited = (department: number) =>
      find(Audit.AuditLog, {
        where: live(
          Condition.any([
            Condition.eq("actorId", userId(77)),
            Condition.oneOf("departmentId", [departmentId(department)])
          ])
        )
      })

    it.effect("the newest audit entries of a busy department are read in their order", () =>
      assertPlan(audited(2), "audit_logs_created_at_idx")
    )

    it.effect("those of a department where little happens are found without passing by all others", () =>
      Effect.gen(function* () {
        yield* assertPlan(audited(1), "audit_logs_department_id_created_at_idx", false)
        const { indexes, blocks } = yield* explain(audited(1))
        assert.include(indexes, "audit_logs_actor_id_created_at_idx")
        assert.isBelow(blocks, 50)
      })
    )

    it.effect("a count stops where it was told to", () =>
      Effect.gen(function* () {
        const some = yield* explain(Query.count(reach, Incident, Entity.notDeleted, 10))
        const all = yield* explain(Query.count(reach, Incident, Entity.notDeleted, 10_000))
        assert.isBelow(some.blocks * 10, all.blocks)
      })
    )
  }
)
