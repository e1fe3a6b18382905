import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import fc from "fast-check"
import { Condition, CustomPath, Entity, type Field, Instant, Kinds, Store } from "../../kernel/index.ts"
import { Department } from "../../modules/identity/records/department.ts"
import { Team } from "../../modules/identity/records/team.ts"
import { User } from "../../modules/identity/records/user.ts"
import * as Factory from "../factories.ts"
import { Specimen, specimen } from "./specimen.ts"
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
const days = ["0001-01-01", "2026-02-28", "2026-11-21", "9999-12-31"]
const decimals = [-2.5, 0, 0.1, 0.25, 2.5, 1e21, 3]
const foreign = Factory.freshId()

/** Values that occur in the records, and some that do not. */
const valuesOf = (info: Field.Leaf, known: ReadonlyArray<string>): ReadonlyArray<Condition.Scalar> => {
  switch (info.kind) {
    case "integer":
      return [-1, 0, 1, 2, 3, 10, 3650]
    case "decimal":
      return decimals
    case "boolean":
      return [true, false]
    case "instant":
      return instants
    case "date":
      return days
    case "id":
    case "ids":
      return [...known, foreign]
    case "enum":
      return info.literals!
    case "text":
    case "texts":
    case "json":
      return words
  }
}

const leaf = (info: Field.Leaf, known: ReadonlyArray<string>): fc.Arbitrary<Condition.Condition> => {
  const field = info.name
  const value = fc.constantFrom(...valuesOf(info, known), null)
  const values = fc.array(value, { maxLength: 4 })
  const asked: ReadonlyArray<Condition.Operator> = [...Kinds.kinds[info.kind].operators, "isNull"]
  return fc.constantFrom(...asked).chain((op): fc.Arbitrary<Condition.Condition> => {
    switch (op) {
      case "isNull":
        return fc.boolean().map((isNull) => ({ field, op, value: isNull }))
      case "contains":
        return fc.constantFrom(...words, "e", "S", "%").map((part) => ({ field, op, value: part }))
      case "in":
      case "hasAny":
        return values.map((list) => ({ field, op, value: list }))
      default:
        return value.map((operand) => ({ field, op, value: operand }))
    }
  })
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

/** What an organization may have added: each key under each kind, whatever the records have there. */
const added = ["one", "two"].flatMap((key) =>
  Object.values(CustomPath.customKinds).map((kind) => CustomPath.customField(key, kind, words))
)
const customValues = [
  {},
  ...words.map((one) => ({ one })),
  ...[...days, ...instants, "2026-02-30", "2026-02-28T25:00:00.000Z"].map((one) => ({ one, two: true })),
  ...[...decimals, 10, 3650, -1].map((two) => ({ one: false, two })),
  { one: ["desk", "Desk"], two: [] },
  { one: ["it's", "100%"], two: "desk" }
]

const own = (entity: Entity.AnyEntity, known: ReadonlyArray<string>) =>
  fc.oneof(
    ...[...entity.leaves, ...(entity === Specimen ? added : [])].map((info) => leaf(info, known)),
    fc.constantFrom(...words, "inc", "mail 000123").map((search) => ({ search }))
  )

const kinds: ReadonlyArray<Entity.AnyEntity> = [Department, User, Team, Specimen]

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
          fc
            .array(fc.oneof(own(of, known), ...(hops > 1 ? viaLeaves(of, known, hops - 1) : [])), { maxLength: 2 })
            .map((any) => ({ via: name, of, where: { any } }))
        ]
  })

const leavesOf = (entity: Entity.AnyEntity, known: ReadonlyArray<string>) =>
  fc.oneof({ weight: 6, arbitrary: own(entity, known) }, ...viaLeaves(entity, known, 2))

const pick = <A>(values: ReadonlyArray<A>, index: number): A => values[index % values.length]!

const namedAmong = (groups: ReturnType<typeof samples>): Condition.Named => {
  const records = new Map(
    groups.flatMap(([kind, group]) => group.map((record) => [`${kind.name} ${record.id}`, record]))
  )
  return (entity, id) => records.get(`${entity.name} ${id}`)
}
const money = [
  { amount: 0, currency: "EUR" },
  { amount: 3, currency: "USD" },
  { amount: -1, currency: "EUR" }
]
const lists = [[], ["desk"], ["Desk", "100%"], ["mail relay", "desk", "it's"]]

const specimens = (
  organizationId: OrganizationId,
  departments: ReadonlyArray<Department>,
  users: ReadonlyArray<User>
): ReadonlyArray<Specimen> =>
  Array.from({ length: 48 }, (_, index) => {
    const members = [[], [users[0]!.id], [users[1]!.id, users[0]!.id], [users[2]!.id]]
    const subjects = [
      { type: "department", id: departments[0]!.id } as const,
      { type: "team", id: departments[1]!.id as never } as const,
      { type: "department", id: departments[2]!.id } as const
    ]
    return specimen(organizationId, {
      ratio: pick(decimals, index),
      maybeRatio: pick([null, ...decimals], index),
      day: pick(days, index) as Specimen["day"],
      maybeDay: pick([null, ...days], index) as Specimen["maybeDay"],
      price: pick(money, index),
      maybePrice: pick([null, ...money.map(({ currency }) => ({ amount: index, currency }))], index),
      memberIds: pick(members, index),
      maybeMemberIds: pick([null, ...members], index + 1),
      labels: pick(lists, index),
      maybeLabels: pick([null, ...lists], index + 2),
      subject: pick(subjects, index),
      maybeSubject: pick([null, ...subjects], index + 3),
      customFields: pick(customValues, index)
    })
  })

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
    [Team, teams],
    [Specimen, specimens(organizationId, departments, users)]
  ] as const
}

export const conditions = (it: StoreIt, runs: number) =>
  describe("a condition selects the records that it selects when it is compiled", () => {
    for (const [index, entity] of [Department, User, Team, Specimen].entries()) {
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
