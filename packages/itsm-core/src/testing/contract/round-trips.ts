import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import fc from "fast-check"
import { Entity, Event, Idempotency, type Instant, type Store, Timer } from "../../kernel/index.ts"
import { Department } from "../../modules/identity/records/department.ts"
import { Organization } from "../../modules/identity/records/organization.ts"
import { Team, TeamMember } from "../../modules/identity/records/team.ts"
import { User } from "../../modules/identity/records/user.ts"
import * as Arbitraries from "../arbitraries.ts"
import * as Factory from "../factories.ts"
import { Specimen } from "./specimen.ts"
import {
  commit,
  forAll,
  insert,
  newOrganization,
  type OrganizationId,
  stored,
  type StoreIt,
  update
} from "./fixture.ts"

type Given = Readonly<Record<string, unknown>>
type Entities = ReadonlyMap<string, Entity.AnyEntity>

/** New values for the fields that no two records of the installation may share. */
const fresh = (entity: Entity.AnyEntity): Given => ({
  id: Factory.freshId(),
  ...Object.fromEntries(entity.uniqueEverywhere.flat().map((field) => [field, Factory.uniqueText("key")]))
})

/** Writes what the records of the entity must refer to; gives their envelope and references. */
const parents: (
  entities: Entities,
  entity: Entity.AnyEntity,
  organizationId: OrganizationId
) => Effect.Effect<Given, Store.CommitError, Store.Store> = Effect.fnUntraced(function* (
  entities: Entities,
  entity: Entity.AnyEntity,
  organizationId: OrganizationId
) {
  const given: Record<string, unknown> = { version: 1 }
  for (const { name, target, nullable } of Entity.referenceFields(entity)) {
    if (name === "organizationId") given[name] = organizationId
    else if (nullable) given[name] = null
    else {
      const parent = entities.get(target)!
      const draft = Arbitraries.recordOf(parent, yield* parents(entities, parent, organizationId))
      const record = { ...fc.sample(draft, 1)[0]!, ...fresh(parent) }
      yield* commit(organizationId, insert(parent, record))
      given[name] = record.id
    }
  }
  return given
})

const writeAndRead = Effect.fnUntraced(function* (entity: Entity.AnyEntity, record: Entity.Writable) {
  yield* commit(record.organizationId, { kind: "insert", entity, record })
  assert.deepStrictEqual((yield* stored(entity, record)) as Entity.Writable | undefined, record)
})

const consume = (entity: Entity.AnyEntity, { id, organizationId, version }: Entity.AnyRecord) =>
  commit(organizationId, { kind: "consume", entity, id, expectedVersion: version })

export const roundTrips = (it: StoreIt, runs: number, entities: Entities) =>
  describe("a record is read as it was written", () => {
    for (const entity of [...entities.values(), Specimen]) {
      if (entity === Organization) continue
      it.effect(`${entity.name}, with any values`, () =>
        Effect.gen(function* () {
          const given = yield* parents(entities, entity, yield* newOrganization)
          yield* forAll(runs, Arbitraries.recordOf(entity, given), (drawn) => {
            const record = { ...drawn, ...fresh(entity) }
            // makes room for the next one's unique keys; what has none may be kept for good, as audit entries are
            const makeRoom = entity.unique.length === 0 ? Effect.void : consume(entity, record)
            return Effect.andThen(writeAndRead(entity, record), makeRoom)
          })
        })
      )
    }

    it.effect("an organization, which belongs to itself", () =>
      writeAndRead(Organization, Factory.organization({ domains: ["acme.example", "acme.test"] }))
    )

    it.effect("references to other records", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const department = Factory.department(organizationId)
        const user = Factory.user(organizationId, { departmentId: department.id })
        const team = Factory.team(organizationId, { departmentId: department.id, leadId: user.id })
        const member = Factory.teamMember(user, team, { role: "lead" })
        yield* commit(
          organizationId,
          insert(Department, department),
          insert(User, user),
          insert(Team, team),
          insert(TeamMember, member)
        )
        for (const [entity, record] of [
          [Department, department],
          [User, user],
          [Team, team],
          [TeamMember, member]
        ] as const) {
          assert.deepStrictEqual(yield* stored(entity, record), record)
        }
      })
    )

    it.effect("instants to the millisecond, at both ends of time", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        for (const at of [
          "0001-01-01T00:00:00.000Z",
          "1969-12-31T23:59:59.999Z",
          "2026-03-29T00:59:59.001Z",
          "9999-12-31T23:59:59.999Z"
        ]) {
          yield* writeAndRead(
            Timer.Timer,
            Factory.timer(organizationId, { dueAt: at as Instant.Instant, leaseUntil: at as Instant.Instant })
          )
        }
      })
    )

    it.effect("text of two hundred thousand characters, of four bytes each", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        yield* writeAndRead(
          Idempotency.IdempotencyRecord,
          Factory.idempotencyRecord(organizationId, { body: "𝒳".repeat(200_000) })
        )
      })
    )

    it.effect("a unique key as long as its field allows", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const key = Array.from({ length: 250 }, () => Factory.freshId())
          .join("")
          .slice(0, 9000)
        yield* writeAndRead(Idempotency.IdempotencyRecord, Factory.idempotencyRecord(organizationId, { key }))
      })
    )

    it.effect("nested JSON, whatever the names in it", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const data = {
          b: [1, 2.5, -1e21, null, { "": "empty", "a.b": true }],
          a: {},
          "é 😀": [],
          constructor: "x",
          ["__proto__"]: [[]]
        }
        const event = Factory.outboxEvent(organizationId, { data })
        yield* writeAndRead(Event.OutboxEvent, event)
        yield* commit(organizationId, update(Event.OutboxEvent, event, { data: ["another", { form: 1 }] }))
        assert.deepStrictEqual((yield* stored(Event.OutboxEvent, event))?.data, ["another", { form: 1 }])
      })
    )

    it.effect("and what the caller does with his object afterwards changes nothing", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const data = { tags: ["a"] }
        const event = { ...Factory.outboxEvent(organizationId, { data }) }
        yield* commit(organizationId, insert(Event.OutboxEvent, event))
        data.tags.push("b")
        assert.deepStrictEqual((yield* stored(Event.OutboxEvent, event))?.data, { tags: ["a"] })
      })
    )
  })
