import { assert, layer } from "@effect/vitest"
import { PgStore } from "@itsm/adapter-pg"
import { Actor, Condition, Entity, Policy } from "@itsm/core/kernel"
import { Maintenance, rowRulesOfParts } from "@itsm/core/testing"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import * as Query from "../src/query-sql.ts"
import { within } from "../src/reach-sql.ts"
import { freshStore, tablesOf } from "./database.ts"
import { manyIncidents, organizationId, userId } from "./many-incidents.ts"

const { Step, Window } = Maintenance
const organization = organizationId(1)
const reach = { organizationId: organization }
const empty = Layer.provideMerge(Layer.effectDiscard(tablesOf(Maintenance.entities)), freshStore)

layer(empty, { excludeTestServices: true, timeout: "2 minutes" })("row rules in PostgreSQL", (it) => {
  rowRulesOfParts(it, 20)
})

const id = (of: number, number: string) =>
  `(lpad('${of}', 8, '0') || '-0000-7000-8000-' || lpad((${number})::text, 12, '0'))::uuid`
const envelope = "organization_id, id, version, created_at, updated_at"
const stamped = (of: number) =>
  `'${organization}'::uuid, ${id(of, "n")}, 1, timestamptz '2026-01-01' + n * interval '1 minute', now()`

/** 100,000 windows of 1,000 teams, with a step each; the one user there is reads a hundred of them. */
const windows = SqlClient.SqlClient.use((sql) =>
  Effect.forEach(
    [
      `INSERT INTO teams (${envelope}, name, support_level, active, search_words)
       SELECT ${stamped(5)}, 'T' || n, 1, true, '' FROM generate_series(1, 1000) n`,
      `INSERT INTO maintenance_windows (${envelope}, custom_fields, title, team_id, participant_ids)
       SELECT ${stamped(8)}, '{}', 'W', ${id(5, "1 + n % 1000")}, CASE WHEN n % 1000 = 500 THEN ARRAY['${userId(1)}'::uuid] ELSE '{}' END
       FROM generate_series(1, 100000) n`,
      `INSERT INTO maintenance_steps (${envelope}, custom_fields, title, window_id, state)
       SELECT ${stamped(9)}, '{}', 'S', ${id(8, "n")}, 'planned' FROM generate_series(1, 100000) n`,
      "VACUUM ANALYZE"
    ],
    (text) => sql.unsafe(text).unprepared,
    { discard: true }
  )
)

const actorWith = (grants: ReadonlyArray<Pick<Actor.Grant, "permission" | "scope">>): Actor.Actor => ({
  ...Actor.system(organization),
  kind: "user",
  id: userId(1) as never,
  teamIds: ["00000005-0000-7000-8000-000000000007"],
  grants: grants.map((grant) => ({ ...grant, effect: "allow", source: "test" }))
})

interface Plan {
  readonly "Node Type": string
  readonly "Index Name"?: string
  readonly "Shared Hit Blocks": number
  readonly "Shared Read Blocks": number
  readonly Plans?: ReadonlyArray<Plan>
}
type Explained = ReadonlyArray<{ readonly "QUERY PLAN": ReadonlyArray<{ readonly Plan: Plan }> }>

const nodesOf = (plan: Plan): ReadonlyArray<Plan> => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

/** The indexes that the statement reads: no more than these pages of them and their tables, and no table as a whole. */
const indexesOf = (statement: Query.Statement, mostBlocks: number) =>
  PgStore.StoreClient.use((sql) => {
    const { text, parameters } = within(reach, statement)
    return Effect.map(sql.unsafe(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, parameters), (rows) => {
      const plan = (rows as unknown as Explained)[0]!["QUERY PLAN"][0]!.Plan
      const nodes = nodesOf(plan)
      assert.notInclude(
        nodes.map((node) => node["Node Type"]),
        "Seq Scan"
      )
      assert.isAtMost(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], mostBlocks)
      return nodes.flatMap((node) => node["Index Name"] ?? [])
    })
  })

const visible = (actor: Actor.Actor, entity: Entity.AnyEntity) =>
  Condition.all([Policy.visible(actor, entity), Entity.notDeleted(entity)])
const list = (actor: Actor.Actor, entity: Entity.AnyEntity) =>
  Query.find(reach, entity, {
    where: visible(actor, entity),
    sort: [{ field: "createdAt", direction: "desc" }],
    limit: 25
  })
const count = (actor: Actor.Actor, entity: Entity.AnyEntity) =>
  Query.count(reach, entity, visible(actor, entity), 10_001)

const full = Layer.provideMerge(Layer.effectDiscard(Effect.andThen(manyIncidents(10, 1), windows)), empty)

layer(full, { excludeTestServices: true, timeout: "2 minutes" })("over 100,000 wholes and their parts", (it) => {
  it.effect("a member of a team finds the parts by the wholes of the team", () =>
    Effect.gen(function* () {
      const member = actorWith([
        { permission: "maintenance_window.read", scope: "team" },
        { permission: "maintenance_step.read", scope: "team" }
      ])
      for (const statement of [list(member, Step), count(member, Step)])
        assert.include(yield* indexesOf(statement, 2000), "maintenance_windows_team_id_idx")
    })
  )

  it.effect("a reader finds the records that name them, and the parts of these, by the index of readers", () =>
    Effect.gen(function* () {
      const reader = actorWith([{ permission: "maintenance_step.read", scope: "organization" }])
      for (const entity of [Window, Step])
        for (const statement of [list(reader, entity), count(reader, entity)])
          assert.include(yield* indexesOf(statement, 2000), "maintenance_windows_participant_ids_items")
    })
  )
})
