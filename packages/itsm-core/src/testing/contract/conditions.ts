import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import fc from "fast-check"
import { Condition, Entity, type Field, Instant, Store } from "../../kernel/index.ts"
import { Department } from "../../modules/identity/records/department.ts"
import { Team } from "../../modules/identity/records/team.ts"
import { User } from "../../modules/identity/records/user.ts"
import * as Factory from "../factories.ts"
import { commit, forAll, ids, insert, newOrganization, type OrganizationId, type StoreIt } from "./fixture.ts"

const words = [
  "desk",
  "Desk",
  "DESK",
  "Äpfel",
  "äpfel",
  "100%",
  "a_b",
  "c\\d",
  "it's",
  "",
  "😀",
  "\uFF5E",
  "INC-000123",
  "mail relay"
]
const instants = [-1, 0, 1, 1000].map((ms) => Instant.plusMs(Factory.epoch, ms))
const foreign = Factory.freshId()

/** Values that occur in the records, and some that do not. */
const valuesOf = (info: Field.FieldInfo, known: ReadonlyArray<string>): ReadonlyArray<Condition.Scalar> => {
  switch (info.kind) {
    case "integer":
      return [-1, 0, 1, 2, 3, 10, 3650]
    case "boolean":
      return [true, false]
    case "instant":
      return instants
    case "id":
      return [...known, foreign]
    case "enum":
      return info.literals!
    default:
      return words
  }
}

const operators = (kind: Field.Kind): ReadonlyArray<"eq" | "ne" | "gt" | "gte" | "lt" | "lte"> =>
  kind === "text" || kind === "integer" || kind === "instant" ? ["eq", "ne", "gt", "gte", "lt", "lte"] : ["eq", "ne"]

const leaf = (info: Field.FieldInfo, known: ReadonlyArray<string>): fc.Arbitrary<Condition.Condition> => {
  const field = info.name
  const isNull = fc.boolean().map((value): Condition.Condition => ({ field, op: "isNull", value }))
  if (info.kind === "json") return isNull
  const value = fc.constantFrom(...valuesOf(info, known), null)
  const kinds: Array<fc.Arbitrary<Condition.Condition>> = [
    isNull,
    fc.tuple(fc.constantFrom(...operators(info.kind)), value).map(([op, operand]) => ({ field, op, value: operand })),
    fc.array(value, { maxLength: 4 }).map((list) => Condition.oneOf(field, list))
  ]
  if (info.kind === "text")
    kinds.push(fc.constantFrom(...words, "e", "S", "%").map((part) => ({ field, op: "contains", value: part })))
  return fc.oneof(...kinds)
}

const tree = (leaves: fc.Arbitrary<Condition.Condition>): fc.Arbitrary<Condition.Condition> =>
  fc.letrec<{ condition: Condition.Condition }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaves,
      fc.array(tie("condition"), { maxLength: 3 }).map((all) => ({ all })),
      fc.array(tie("condition"), { maxLength: 3 }).map((any) => ({ any })),
      tie("condition").map((not) => ({ not }))
    )
  })).condition

const own = (entity: Entity.AnyEntity, known: ReadonlyArray<string>) =>
  fc.oneof(
    ...entity.fields.map((info) => leaf(info, known)),
    fc.constantFrom(...words, "inc", "mail 000123").map((search) => ({ search }))
  )

const kinds: ReadonlyArray<Entity.AnyEntity> = [Department, User, Team]

/** Questions about the records that a record names, and about those that these name. */
const viaLeaves = (
  entity: Entity.AnyEntity,
  known: ReadonlyArray<string>,
  hops: number
): ReadonlyArray<fc.Arbitrary<Condition.Condition>> =>
  Entity.referenceFields(entity).flatMap(({ name, target }) => {
    const of = kinds.find((kind) => kind.name === target)
    return of === undefined
      ? []
      : [
          tree(fc.oneof(own(of, known), ...(hops > 1 ? viaLeaves(of, known, hops - 1) : []))).map((where) => ({
            via: name,
            of,
            where
          }))
        ]
  })

const leavesOf = (entity: Entity.AnyEntity, known: ReadonlyArray<string>) =>
  fc.oneof({ weight: 3, arbitrary: own(entity, known) }, ...viaLeaves(entity, known, 2))

const pick = <A>(values: ReadonlyArray<A>, index: number): A => values[index % values.length]!

const namedAmong = (groups: ReturnType<typeof samples>): Condition.Named => {
  const records = new Map(
    groups.flatMap(([kind, group]) => group.map((record) => [`${kind.name} ${record.id}`, record]))
  )
  return (entity, id) => records.get(`${entity.name} ${id}`)
}

/** Records in which each value meets each other, nulls among them. */
const samples = (organizationId: OrganizationId) => {
  const numbers = Array.from({ length: 48 }, (_, index) => index)
  const names = ["first", "second"].map((name) => Factory.department(organizationId, { name }))
  const departments = [
    ...names,
    ...numbers.map((index) =>
      Factory.department(organizationId, {
        name: `${pick(words, index)} ${index}`,
        code: pick([...words.slice(0, 5), "mail INC-000123", null], index),
        parentId: pick([null, ...ids(names)], index) as never
      })
    )
  ]
  const departmentId = (index: number) => pick([null, departments[0]!.id, departments[1]!.id], index)
  const users = numbers.map((index) =>
    Factory.user(organizationId, {
      displayName: pick(
        words.filter((word) => word !== ""),
        index
      ),
      phone: pick([null, ...words], index),
      departmentId: departmentId(index),
      vip: index % 2 === 0,
      state: pick(["invited", "active", "disabled"], index),
      passwordChangedAt: pick([null, ...instants], index),
      createdAt: pick(instants, index),
      deletedAt: pick([null, null, ...instants], index)
    })
  )
  const teams = numbers.map((index) =>
    Factory.team(organizationId, {
      departmentId: departmentId(index),
      leadId: pick([null, users[0]!.id, users[1]!.id], index + 1),
      reopenWindowDays: pick([null, 0, 1, 2, 10], index),
      supportLevel: pick([1, 2, 3], index),
      active: index % 3 === 0
    })
  )
  return [
    [Department, departments],
    [User, users],
    [Team, teams]
  ] as const
}

export const conditions = (it: StoreIt, runs: number) =>
  describe("a condition selects the records that it selects when it is compiled", () => {
    for (const [index, entity] of [Department, User, Team].entries()) {
      it.effect(`of ${entity.plural}, whatever the condition`, () =>
        Effect.gen(function* () {
          const organizationId = yield* newOrganization
          const groups = samples(organizationId)
          for (const [kind, records] of groups)
            yield* commit(organizationId, ...records.map((record) => insert(kind, record as never)))
          const records = groups[index]![1]
          const known = groups.flatMap(([, group]) => ids(group.slice(0, 3)))
          const leaves = leavesOf(entity, known)
          const named = namedAmong(groups)
          const store = yield* Store.Store
          const reach = { organizationId }
          yield* forAll(runs * 5, tree(leaves), (where) =>
            Effect.gen(function* () {
              const test = Condition.compile(where, entity.search)
              const expected = ids(records.filter((record) => test(record, named))).toSorted()
              const { items } = yield* store.find(reach, entity, { where, sort: [], limit: 1000 })
              assert.deepStrictEqual(ids(items), expected)
              assert.strictEqual(yield* store.count(reach, entity, where, 10), Math.min(10, expected.length))
              const probes = records.slice(0, 3).map(({ id }) => ({ entity, id, where }))
              assert.deepStrictEqual(
                yield* store.exists(reach, probes),
                probes.map(({ id }) => expected.includes(id))
              )
            })
          )
        })
      )
    }

    it.effect("a value that is named twice selects its record once", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const user = Factory.user(organizationId)
        const team = Factory.team(organizationId, { leadId: user.id })
        yield* commit(organizationId, insert(User, user), insert(Team, team))
        const store = yield* Store.Store
        for (const [field, value] of [
          ["id", team.id],
          ["leadId", user.id],
          ["name", team.name]
        ] as const) {
          const where = Condition.oneOf(field, [value, value])
          assert.deepStrictEqual((yield* store.find({ organizationId }, Team, { where, sort: [], limit: 10 })).items, [
            team
          ])
          assert.strictEqual(yield* store.count({ organizationId }, Team, where, 10), 1)
        }
      })
    )

    it.effect("exists answers in the order of the questions, with no for what is not there", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const [department, user] = [Factory.department(organizationId), Factory.user(organizationId)]
        yield* commit(organizationId, insert(Department, department), insert(User, user))
        const store = yield* Store.Store
        const ask = (entity: typeof Department | typeof User, id: string, where = Condition.always) => ({
          entity,
          id,
          where
        })
        const probes = [
          ask(User, user.id),
          ask(Department, user.id),
          ask(Department, department.id, Condition.eq("name", "?")),
          ask(Department, department.id),
          ask(User, user.id, Condition.never),
          ask(User, user.id)
        ]
        assert.deepStrictEqual(yield* store.exists({ organizationId }, probes), [true, false, false, true, false, true])
        assert.deepStrictEqual(yield* store.exists({ organizationId }, []), [])
      })
    )
  })
