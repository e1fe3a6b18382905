import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { Department } from "../../modules/identity/records/department.ts"
import * as Factory from "../factories.ts"
import { allOf, commit, insert, newOrganization, type StoreIt, update } from "./fixture.ts"

const texts: ReadonlyArray<readonly [name: string, code: string | null]> = [
  ["Mail relay INC-000123", null],
  ["Mail gateway", "INC-000124"],
  ["Größe, Ñandú & Co.", "R2D2"],
  ["ﬁle ｓｅｒｖｅｒ", "東京 (tower)"],
  ["жук в системе", "😀 smile"]
]

export const search = (it: StoreIt) =>
  describe("a search", () => {
    const found = Effect.fnUntraced(function* () {
      const organizationId = yield* newOrganization
      const departments = texts.map(([name, code]) => Factory.department(organizationId, { name, code }))
      yield* commit(organizationId, ...departments.map((department) => insert(Department, department)))
      return {
        departments,
        by: (text: string) =>
          Effect.map(allOf(organizationId, Department, { search: text }), (records) =>
            departments.flatMap(({ id }, index) => (records.some((record) => record.id === id) ? [index] : []))
          )
      }
    })

    it.effect("finds the records that have all its words, in any order, in any searched field", () =>
      Effect.gen(function* () {
        const { by } = yield* found()
        const expected: ReadonlyArray<readonly [string, ReadonlyArray<number>]> = [
          ["mail", [0, 1]],
          ["MAIL gateway", [1]],
          ["gateway 000124 mail", [1]],
          ["mail printer", []],
          ["mai", []],
          ["INC-000123", [0]],
          ["000123", [0]],
          ["inc", [0, 1]],
          ["123", []],
          ["größe", [2]],
          ["GRÖSSE", []],
          ["ñandú r2d2", [2]],
          ["co", [2]],
          ["file server", [3]],
          ["東京", [3]],
          ["Tower!", [3]],
          ["ЖУК", [4]],
          ["smile", [4]],
          ["' OR 1=1 --", []],
          ["mail & relay | !gateway:*", []],
          ["mail & relay:", [0]],
          ["", [0, 1, 2, 3, 4]],
          [" -- 😀 ", [0, 1, 2, 3, 4]]
        ]
        for (const [text, indexes] of expected) assert.deepStrictEqual(yield* by(text), indexes, text)
      })
    )

    it.effect("follows the record when its text changes", () =>
      Effect.gen(function* () {
        const { departments, by } = yield* found()
        yield* commit(departments[0]!.organizationId, update(Department, departments[0]!, { name: "Post office" }))
        assert.deepStrictEqual(yield* by("relay"), [])
        assert.deepStrictEqual(yield* by("post office"), [0])
      })
    )

    it.effect("knows words as long as a field", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        for (const name of ["x".repeat(200), "𠀀".repeat(200), `a${"𠀀".repeat(199)}`]) {
          const department = Factory.department(organizationId, { name })
          yield* commit(organizationId, insert(Department, department))
          assert.deepStrictEqual(yield* allOf(organizationId, Department, { search: name }), [department])
        }
      })
    )
  })
