import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import fc from "fast-check"
import { camelCase, isUnstorable, kebabCase, searchWords, snakeCase, Text, Whole } from "./text.ts"

describe("the words of a text", () => {
  it("are its letters and digits in lower case, each once", () => {
    assert.deepStrictEqual(searchWords("Mail relay: INC-000123, mail!"), ["mail", "relay", "inc", "000123"])
    assert.deepStrictEqual(searchWords("it's a_b/c\\d"), ["it", "s", "a", "b", "c", "d"])
    assert.deepStrictEqual(searchWords("Größe ЖУК 東京"), ["größe", "жук", "東京"])
    assert.deepStrictEqual(searchWords(" -- 😀 ☕ "), [])
    assert.deepStrictEqual(searchWords(""), [])
  })

  it("are the same for forms that look the same", () => {
    assert.deepStrictEqual(searchWords("ﬁle ｓｅｒｖｅｒ ½ ²"), ["file", "server", "1", "2"])
    assert.deepStrictEqual(searchWords("e\u0301clair"), searchWords("éclair"))
  })

  it("can be stored, however long they are", () => {
    for (const text of ["𠀀".repeat(300), `a${"𠀀".repeat(300)}`, "x".repeat(10_000)]) {
      for (const word of searchWords(text)) {
        assert.isFalse(isUnstorable(word))
        assert.isAtMost([...word].length, 255)
      }
    }
  })

  it("of a text are those of its words", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const words = searchWords(text)
        for (const word of words) assert.isTrue(word !== "" && word === word.toLowerCase())
        assert.deepStrictEqual(
          searchWords(words.join(" ")).filter((word) => !words.includes(word)),
          []
        )
      })
    )
  })
})

describe("names", () => {
  it("turn from one case into another", () => {
    assert.deepStrictEqual(["someName", "teamMembers", "URLPath", "aSLA", "incident"].map(snakeCase), [
      "some_name",
      "team_members",
      "url_path",
      "a_sla",
      "incident"
    ])
    assert.strictEqual(kebabCase("teamMembers"), "team-members")
    assert.strictEqual(camelCase("some_long_name"), "someLongName")
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{2,5}([A-Z][a-z]{1,5}){0,3}$/), (name) =>
        assert.strictEqual(camelCase(snakeCase(name)), name)
      )
    )
  })
})

describe("text that no store can keep", () => {
  it("holds a NUL or half a surrogate pair", () => {
    for (const text of ["\u0000", "a\u0000b", "\ud83d", "\ude00", "\ude00\ud83d", "x\ud83dx"])
      assert.isTrue(isUnstorable(text))
    for (const text of ["", "a", "😀", "\u0001", "\uffff"]) assert.isFalse(isUnstorable(text))
  })
})

describe("lengths and numbers", () => {
  const accepts = (schema: Schema.Codec<unknown, unknown>) => {
    const decode = Schema.decodeUnknownResult(schema)
    return (value: unknown) => Result.isSuccess(decode(value))
  }

  it("count characters, not halves of them", () => {
    const fits = accepts(Text(2, 3))
    assert.deepStrictEqual(["", "a", "😀", "ab", "😀😀", "😀😀😀", "abcd", "😀😀😀😀"].map(fits), [
      false,
      false,
      false,
      true,
      true,
      true,
      false,
      false
    ])
  })

  it("include both ends and no fractions", () => {
    const fits = accepts(Whole(0, 3))
    assert.deepStrictEqual([-1, 0, 3, 4, 1.5, Number.NaN, Infinity, "1", null].map(fits), [
      false,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false
    ])
  })
})
