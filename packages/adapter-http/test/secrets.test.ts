import { catalogue } from "@itsm/core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Answer, password } from "./instance.ts"
import { storedRows } from "./stored.ts"
import { entityOf, startWorld, type World } from "./world.ts"

let world: World
beforeAll(async () => {
  world = await startWorld()
  const { tokens, people, slug } = world.acme
  // passwords and tokens in as many places as there are: set, refused, signed in with, replayed
  const as = (body: object, headers = {}) => ({ token: tokens.admin, body, headers })
  const user = { email: `secretive@${slug}.example`, displayName: "Secretive", password }
  await world.ask("POST", "/users/", as(user, { "idempotency-key": "secretive" }))
  await world.ask("POST", "/auth/login/", { body: { email: user.email, password: "not this one, is it?" } })
  await world.ask("POST", "/incidents/?dryRun=true", as({ title: "x", password }))
  await world.ask("PATCH", `/users/${people.caller}/`, as({ phone: "1" }))
})
afterAll(() => world.close())

/** The names of the fields that never leave the domain, and what is stored in them. */
const secrets = async () => {
  const rows = await storedRows(world)
  const fields = [...catalogue.entities.values()].flatMap((entity) =>
    entity.fields
      .filter(({ access }) => access === "secret")
      .map(({ name }) => ({ entity: entity.name as string, name }))
  )
  const values = fields.flatMap(({ entity, name }) => rows.get(entity)!.map((row) => row[name]))
  return {
    names: [...new Set(fields.map(({ name }) => name))],
    values: [...new Set(values.filter((value) => typeof value === "string"))]
  }
}

const makeCheck = async () => {
  const { names, values } = await secrets()
  expect(names).toEqual(expect.arrayContaining(["passwordHash", "tokenHash"]))
  expect(values.length).toBeGreaterThan(20)
  const words = [...values, "hash-canary", password]
  // the audit log says that a secret was changed, and nothing of it
  return (what: string, { text, body, headers }: Answer, mayName = false) => {
    const shown = text + JSON.stringify([...headers])
    for (const word of words) expect(shown.includes(word), `${what}: ${word}`).toBe(false)
    const keys = new Set<string>()
    JSON.stringify(body, (key, value: unknown) => (keys.add(key), value))
    for (const name of names) {
      expect(keys.has(name), `${what}: ${name}`).toBe(false)
      if (!mayName) expect(text.includes(name), `${what}: ${name}`).toBe(false)
    }
  }
}

describe("what is secret", () => {
  it("stands in no record and no list, whatever is asked for beside it", async () => {
    const check = await makeCheck()
    const token = world.acme.tokens.admin
    let walked = 0
    for (const { method, path, query } of world.table) {
      if (method !== "GET" || path.startsWith("/auth/")) continue
      const entity = entityOf({ path })
      const names = query.find(({ name }) => name === "include")?.description ?? ""
      const relations = [...names.matchAll(/`(\w+)`/g)].map(([, name]) => `include=${name!}`)
      const more = query.some(({ name }) => name === "limit") ? ["limit=100", "limit=100&includeDeleted=true"] : []
      const id = world.acme.live[entity.name]!
      for (const asked of ["", ...more, ...relations]) {
        const answer = await world.ask("GET", `${path.replace("{id}", id)}?${asked}`, { token })
        expect(answer.status, `${path} ${asked}`).toBe(200)
        check(`${path} ${asked}`, answer, entity.name === "AuditLog")
        walked++
      }
    }
    expect(walked).toBeGreaterThan(80)
  })

  it("cannot be asked for, filtered, sorted or searched by", async () => {
    const check = await makeCheck()
    const token = world.acme.tokens.admin
    for (const query of [
      "fields=passwordHash",
      "sort=passwordHash",
      "include=passwordHash",
      "passwordHash[contains]=hash",
      "passwordHash=x",
      "passwordHash[isNull]=false"
    ]) {
      const answer = await world.ask("GET", `/users/?${query}`, { token })
      expect([query, answer.status]).toEqual([query, 400])
    }
    const found = await world.ask("GET", "/users/?q=canary&count=true", { token })
    expect(found.body["total"]).toBe(0)
    check("search", found)
  })

  it("stands in no answer to a command, done, refused or rehearsed", async () => {
    const check = await makeCheck()
    const { tokens, inputs, subjectOf } = world.acme
    for (const endpoint of world.table.filter(({ command }) => command !== undefined)) {
      const path = endpoint.path.includes("{id}") ? endpoint.path.replace("{id}", subjectOf(endpoint)) : endpoint.path
      for (const more of [{}, { passwordHash: "x", password, tokenHash: "x" }]) {
        const body = endpoint.body === undefined ? undefined : { ...inputs[endpoint.id], ...more }
        const answer = await world.ask(endpoint.method, `${path}?dryRun=true`, {
          token: tokens.admin,
          ...(body === undefined ? {} : { body }),
          headers: { "if-match": "*" }
        })
        // a refusal points at the field by the name that the caller gave it
        check(endpoint.id, answer, answer.status === 422)
      }
    }
  })

  it("stands in no answer of sign-in but the tokens themselves, which are stored as hashes", async () => {
    const check = await makeCheck()
    const credentials = { email: "user@acme.example", password }
    const signedIn = await world.ask("POST", "/auth/login/", { body: credentials })
    expect(signedIn.status).toBe(200)
    check("login", signedIn)
    const { accessToken, refreshToken } = signedIn.body
    const rotated = await world.ask("POST", "/auth/token/refresh/", { body: { refreshToken } })
    check("refresh", rotated)
    check("refresh again", await world.ask("POST", "/auth/token/refresh/", { body: { refreshToken } }))
    for (const path of ["/auth/me/", "/auth/verify-token/"]) {
      const answer = await world.ask("GET", path, { token: world.acme.tokens.caller })
      expect(answer.status).toBe(200)
      check(path, answer)
      expect(answer.text.includes(world.acme.tokens.caller)).toBe(false)
    }
    const stored = JSON.stringify([...(await storedRows(world)).values()])
    for (const token of [accessToken, refreshToken, rotated.body["refreshToken"], password])
      expect(stored.includes(String(token))).toBe(false)
  })
})
