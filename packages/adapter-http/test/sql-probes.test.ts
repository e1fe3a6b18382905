import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { freshStore } from "../../adapter-pg/test/database.ts"
import { headerFaults } from "./answer-oracle.ts"
import type { Asked } from "./instance.ts"
import { sqlNames, sqlTexts } from "./sql-texts.ts"
import { storedVersions } from "./stored.ts"
import { startWorld, type World } from "./world.ts"

let world: World
beforeAll(async () => {
  world = await startWorld(freshStore)
}, 60_000)
afterAll(() => world.close())

/** Less than the five seconds that a probe makes the database sleep, where it gets to it. */
const patience = 3000

/** Asks, and tells what is wrong with any answer to a probe: an error of the server, a wait, a word of its language. */
const probe = async (method: string, path: string, asked: Asked = {}) => {
  const begun = performance.now()
  const answer = await world.ask(method, path, { token: world.acme.tokens.admin, ...asked })
  const elapsed = performance.now() - begun
  const name = `${method} ${path} ${JSON.stringify(asked.body ?? null)} -> ${answer.text.slice(0, 300)}`
  expect(answer.status, name).toBeLessThan(500)
  expect(elapsed, name).toBeLessThan(patience)
  expect(headerFaults(answer, asked.headers?.["x-request-id"]), name).toEqual([])
  expect(
    /syntax error|operator does not exist|SQLSTATE|relation "|column "|tsquery|PostgreSQL/i.test(answer.text),
    name
  ).toBe(false)
  return answer
}

const q = encodeURIComponent
const total = async (query: string) => {
  const { status, body } = await probe("GET", `/incidents/?count=true&${query}`)
  expect(status, query).toBe(200)
  return body["total"]
}

/** Runs, and makes sure that it wrote nothing. */
const writingNothing = async (run: () => Promise<void>) => {
  const before = await storedVersions(world)
  await run()
  expect(await storedVersions(world)).toEqual(before)
}

describe("SQL in a value (T-SQL-1)", () => {
  it("of a filter of text is the text to look for, and no more", () =>
    writingNothing(async () => {
      for (const text of sqlTexts) {
        expect(await total(`title=${q(text)}`), text).toBe(0)
        for (const operator of ["gt", "lte"]) await total(`title[${operator}]=${q(text)}`)
        expect(await total(`title[in]=${q(text)}`), text).toBe(0)
        expect(await total(`title[contains]=${q(`no ${text}`)}`), text).toBe(0)
      }
    }))

  it("of a search finds the words in it, and no more", () =>
    writingNothing(async () => {
      for (const text of sqlTexts) await total(`q=${q(text)}`)
      for (const text of sqlTexts) expect(await total(`q=${q(`nowhere ${text}`)}`), text).toBe(0)
    }))

  it("of a typed filter, a limit or a flag is no such value (T-SQL-2)", () =>
    writingNothing(async () => {
      const typed = [
        "createdAt",
        "openedAt[gte]",
        "priority",
        "priority[in]",
        "version[lt]",
        "followsParent",
        "state",
        "requesterId",
        "id[in]",
        "teamId[ne]",
        "title[isNull]",
        "limit",
        "count",
        "includeDeleted"
      ]
      for (const key of typed) {
        for (const text of sqlTexts.filter((each) => each !== "''")) {
          const { status, body } = await probe("GET", `/incidents/?${q(key)}=${q(text)}`)
          expect([status, body["code"]], `${key} ${text}`).toEqual([400, "invalid_parameter"])
        }
      }
    }))

  it("of a filter at the edge of its type is an answer", () =>
    writingNothing(async () => {
      for (const number of [
        "2147483647",
        "2147483648",
        "-2147483649",
        "9007199254740991",
        "-9007199254740991",
        "9999999999999999",
        "0",
        "-0"
      ]) {
        for (const key of ["priority", "priority[in]", "affectedUsers[gt]", "version[ne]", "reopenCount[lte]"])
          await probe("GET", `/incidents/?${q(key)}=${number}`)
      }
      for (const instant of [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999Z",
        "+275760-09-13T00:00:00Z",
        "-271821-04-20T00:00:00Z",
        "1970-01-01T00:00:00.123456789Z",
        "2026-01-01T00:00:00+14:00"
      ]) {
        for (const key of ["createdAt", "openedAt[lt]", "autoCloseAt[gte]", "resolvedAt[in]"])
          await probe("GET", `/incidents/?${q(key)}=${q(instant)}`)
      }
      for (const id of ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"])
        expect(await total(`id=${id}`)).toBe(0)
    }))

  it("of a path is nothing that there is", () =>
    writingNothing(async () => {
      for (const text of sqlTexts.filter((each) => !/[?#]/.test(each))) {
        for (const path of [`/incidents/${q(text)}/`, `/incidents/${q(text)}/transitions/`]) {
          const { status } = await probe("GET", path)
          expect([text, status]).toEqual([text, 404])
        }
      }
    }))

  it("of a header is a text like others", () =>
    writingNothing(async () => {
      for (const text of sqlTexts.filter((each) => /^[\x20-\x7e]+$/.test(each))) {
        const headers = {
          "if-none-match": text,
          "x-request-id": text,
          "user-agent": text,
          "x-organization": text,
          "x-access-reason": text,
          "if-match": text
        }
        await probe("GET", `/incidents/${world.acme.incidents.new}/`, { headers })
        const patched = await probe("PATCH", `/incidents/${world.acme.incidents.new}/`, {
          headers,
          body: { title: "x" }
        })
        expect([text, patched.status]).toEqual([text, 412])
        await probe("GET", "/incidents/", { headers, token: world.operator })
      }
    }))
})

describe("SQL in a name (T-SQL-3)", () => {
  it.each(["sort", "fields", "include"])("of %s is no name", (parameter) =>
    writingNothing(async () => {
      for (const text of sqlNames) {
        for (const path of ["/incidents/", "/users/"]) {
          const { status, body } = await probe("GET", `${path}?${parameter}=${q(text)}`)
          expect([text, status, body["code"]]).toEqual([text, 400, "invalid_parameter"])
        }
      }
    })
  )

  it("of a filter's field or operator is no name", () =>
    writingNothing(async () => {
      for (const text of sqlNames.filter((each) => each !== "")) {
        for (const key of [q(text), `title${q(`[${text}]`)}`, `${q(text)}${q("[eq]")}`, `title${q(text)}`]) {
          const { status, body } = await probe("GET", `/incidents/?${key}=1`)
          expect([key, status, body["code"]]).toEqual([key, 400, "unknown_parameter"])
        }
      }
    }))

  it("of a cursor is no cursor", () =>
    writingNothing(async () => {
      const { body } = await probe("GET", "/incidents/?limit=1")
      const cursor = String(body["nextCursor"])
      const payload = Buffer.from(JSON.stringify(["' OR 1=1 --", "x"])).toString("base64url")
      const altered = [`${payload}.${cursor.split(".")[1]}`, `${cursor}A`, cursor.slice(1), `${payload}.`, payload]
      for (const text of [...sqlTexts, ...altered]) {
        const answer = await probe("GET", `/incidents/?limit=1&cursor=${q(text)}`)
        expect([text, answer.status, answer.body["code"]]).toEqual([text, 400, "invalid_cursor"])
      }
    }))
})

describe("SQL in a body", () => {
  it("is stored as it is, found again as it is, and does nothing", async () => {
    const before = (await storedVersions(world)).filter((row) => row.startsWith("User ") || row.startsWith("Role "))
    for (const [index, text] of sqlTexts.entries()) {
      const body = { title: text, description: text, tags: [text], alertKey: `${index} ${text}` }
      const made = await probe("POST", "/incidents/", { body, headers: { "idempotency-key": `probe-${index}` } })
      expect([made.status, made.body["title"], made.body["tags"]], text).toEqual([201, text, [text]])
      const comment = await probe("POST", `/incidents/${String(made.body["id"])}/comments/`, { body: { body: text } })
      expect([comment.status, comment.body["body"]]).toEqual([201, text])
      expect(await total(`title=${q(text)}&description=${q(text)}`), text).toBe(1)
      expect(await total(`title[contains]=${q(text)}&alertKey=${q(`${index} ${text}`)}`), text).toBe(1)
    }
    const after = (await storedVersions(world)).filter((row) => row.startsWith("User ") || row.startsWith("Role "))
    expect(after).toEqual(before)
  })

  it("of a typed field is refused", () =>
    writingNothing(async () => {
      for (const text of sqlTexts) {
        for (const body of [
          { impact: text },
          { requesterId: text },
          { categoryId: text },
          { source: text },
          { openedAt: text },
          { tags: text },
          { [text]: 1 }
        ]) {
          const { status } = await probe("POST", "/incidents/", { body: { title: "x", ...body } })
          expect([JSON.stringify(body), status]).toEqual([JSON.stringify(body), 422])
        }
        const login = await probe("POST", "/auth/login/", { body: { email: text, password: text } })
        expect([401, 422, 429]).toContain(login.status)
        const refreshed = await probe("POST", "/auth/token/refresh/", { body: { refreshToken: text } })
        expect(refreshed.status).toBe(401)
      }
    }))
})
