import { assert, layer } from "@effect/vitest"
import { catalogue } from "@itsm/core"
import { ApiKey, RefreshToken, Session, User, VerificationToken } from "@itsm/core/identity"
import { Audit, Condition, Entity, Instant, type Store, Text } from "@itsm/core/kernel"
import { Incident, IncidentComment } from "@itsm/core/incidents"
import { Effect, Layer } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { PgStore } from "@itsm/adapter-pg"
import * as Commit from "../src/commit-sql.ts"
import * as Query from "../src/query-sql.ts"
import { within } from "../src/reach-sql.ts"
import { freshStore } from "./database.ts"
import { departmentId, incidentId, manyIncidents, organizationId, userId } from "./many-incidents.ts"
import { hashOf, manySignIns, sessionId } from "./many-sign-ins.ts"

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
const explain = (statement: Query.Statement, held: Store.Reach = reach) =>
  PgStore.StoreClient.use((sql) => {
    const { text, parameters } = within(held, statement)
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
  Query.find(reach, entity, { where: Entity.notDeleted(entity), sort: newestFirst, limit: 25, ...query })
const live = (...conditions: ReadonlyArray<Condition.Condition>) =>
  Condition.all([...conditions, Entity.notDeleted(Incident)])

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

    it.effect("a tag is found by the index of items", () =>
      Effect.gen(function* () {
        yield* assertPlan(
          find(Incident, { where: live(Condition.has("tags", "tag 4242")) }),
          "incidents_tags_items",
          false
        )
        yield* assertPlan(
          find(Incident, { where: live(Condition.hasAny("tags", ["tag 1", "tag 4242"])) }),
          "incidents_tags_items",
          false
        )
      })
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
          [22, 42, 62].map((number) => ({
            entity: Incident,
            id: incidentId(number),
            where: Entity.notDeleted(Incident)
          }))
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
        where: Condition.any([
          Condition.eq("actorId", userId(77)),
          Condition.oneOf("departmentId", [departmentId(department)])
        ])
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
        const some = yield* explain(Query.count(reach, Incident, Entity.notDeleted(Incident), 10))
        const all = yield* explain(Query.count(reach, Incident, Entity.notDeleted(Incident), 10_000))
        assert.isBelow(some.blocks, all.blocks)
      })
    )
  }
)

const signIns = Layer.provideMerge(Layer.effectDiscard(manySignIns(30_000)), freshStore)

layer(signIns, { excludeTestServices: true, timeout: "2 minutes" })("over 30,000 users that are signed in", (it) => {
  const own: Store.Reach = { organizationId: organizationId(1) }
  const assertFound = Effect.fnUntraced(function* (held: Store.Reach, statement: Query.Statement, index: string) {
    const { kinds, indexes } = yield* explain(statement, held)
    assert.include(indexes, index)
    assert.notInclude(kinds, "Seq Scan")
  })
  const seek = (held: Store.Reach, entity: Entity.AnyEntity, where: Condition.Condition) =>
    Query.find(held, entity, { where, sort: [], limit: 500 })

  it.effect("whoever signs in is found by their address", () =>
    assertFound(
      "everywhere",
      seek("everywhere", User, live(Condition.eq("email", "ann77@acme.example"))),
      "users_email_key"
    )
  )

  it.effect.each([
    [RefreshToken, live(Condition.eq("tokenHash", hashOf(77))), "refresh_tokens_token_hash_key"],
    [VerificationToken, live(Condition.eq("tokenHash", hashOf(77))), "verification_tokens_token_hash_key"],
    [ApiKey, Condition.eq("keyHash", hashOf(77)), "api_keys_key_hash_everywhere"]
  ] as const)("a secret is found by its hash: %#", ([entity, where, index]) =>
    assertFound("everywhere", seek("everywhere", entity, where), index)
  )

  it.effect("a session is found by its primary key", () =>
    assertFound(own, Query.get(own, Session, sessionId(77)), "sessions_pkey")
  )

  it.effect.each([
    [Session, Condition.isNull("endedAt"), "sessions_user_id_idx"],
    [VerificationToken, Condition.isNull("usedAt"), "verification_tokens_user_id_idx"],
    [ApiKey, Entity.notDeleted(ApiKey), "api_keys_user_id_idx"]
  ] as const)("what a user has open is found by the user: %#", ([entity, isOpen, index]) =>
    assertFound(own, seek(own, entity, Condition.all([Condition.eq("userId", userId(77)), isOpen])), index)
  )

  it.effect.each(catalogue.expiries)("what has expired is found by when it did: %#", ({ entity, when }) =>
    assertFound(
      "everywhere",
      seek("everywhere", entity, when(Instant.fromEpochMs(Date.UTC(2026, 1, 2, 1)))),
      `${entity.table}_${Text.snakeCase(entity.indexesEverywhere[0]!)}_everywhere`
    )
  )
})
