import { catalogue } from "@itsm/core"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { freshStore } from "../../adapter-pg/test/database.ts"
import { serviceKey } from "../src/resource/paths.ts"
import { headerFaults, makeOracle } from "./answer-oracle.ts"
import { type Shot, shotsAt } from "./fuzz-requests.ts"
import type { Json } from "./fuzz-values.ts"
import { api, type Route } from "./instance.ts"
import { startWorld, type World } from "./world.ts"

/** A run is played again with `ITSM_FUZZ_SEED`, and made longer with `ITSM_FUZZ_CASES`. */
const seed = Number(process.env["ITSM_FUZZ_SEED"] ?? Date.now() % 2 ** 31)
const cases = Number(process.env["ITSM_FUZZ_CASES"] ?? 60)

let world: World
let document: Json
let judge: ReturnType<typeof makeOracle>
beforeAll(async () => {
  world = await startWorld(freshStore)
  document = world.document() as Json
  judge = makeOracle(document)
})
afterAll(() => world.close())

const services = [...catalogue.services.map(({ serviceName }) => serviceKey(serviceName)), "auth"]

/** Ids of both organizations, but for those of the people that the requests come from. */
const knownIds = () => {
  const { acme, globex } = world
  const { admin, manager, agent, caller } = acme.people
  const senders: ReadonlyArray<string> = [admin, manager, agent, caller]
  const own = Object.values(acme.records).flatMap((each) => Object.values(each))
  const foreign = [globex.live["Incident"], globex.live["Team"], globex.deleted["Incident"]]
  return [...own, ...foreign].filter((id): id is string => id !== undefined && !senders.includes(id))
}

/** What the endpoints that no command stands behind may write. */
const ofHand = [
  "ApiKey",
  "AuditLog",
  "OutboxEvent",
  "RefreshToken",
  "Registration",
  "SecondFactor",
  "Session",
  "User",
  "VerificationToken"
]

/** Sends one request, and tells what is wrong with its answer. */
const fire = async ({ method, path, command }: Route, token: string | undefined, shot: Shot) => {
  const before = world.writes.length
  const begun = performance.now()
  const at = path.replace("{id}", shot.id) + (shot.query === "" ? "" : `?${shot.query}`)
  const answer = await world.ask(method, at, { token, text: shot.text, headers: shot.headers })
  const elapsed = performance.now() - begun
  const { status, headers } = answer
  const written = world.writes.slice(before).map(({ entity }) => entity.name as string)
  const mayWrite = status >= 400 ? ["AuditLog"] : command === undefined ? ofHand : written
  const isMade = status === 201 && command !== undefined && !headers.has("dry-run")
  const faults = [
    ...(status >= 500 ? [`is ${status}`] : []),
    ...headerFaults(answer, shot.headers["x-request-id"]),
    ...judge(api + path, method, answer),
    ...(elapsed > 2000 ? ["takes longer than two seconds"] : []),
    ...written.filter((name) => !mayWrite.includes(name)).map((name) => `${status} writes a ${name}`),
    ...(isMade && !(headers.has("location") && headers.has("etag")) ? ["has no Location or ETag"] : [])
  ]
  const sent = shot.text === undefined ? "" : Buffer.from(shot.text).subarray(0, 300).toString()
  return { faults, story: `${method} ${at} ${JSON.stringify(shot.headers)} ${sent} -> ${answer.text.slice(0, 400)}` }
}

describe(`requests of all kinds, seeded with ${seed}`, () => {
  it.each(services)(
    "to %s are answered as the document says, and write nothing where they fail",
    { timeout: 120_000 },
    async (service) => {
      const found = new Map<string, string>()
      for (const endpoint of world.table.filter(({ id }) => id.startsWith(`${service}.`))) {
        const { id, method, path } = endpoint
        const operation = {
          ...document["paths"]![api + path]![method.toLowerCase()]!,
          method: method.toLowerCase()
        } as unknown as Json
        const { acme } = world
        const admin = await world.signIn("admin@acme.example")
        const token = fc.oneof(
          { weight: 12, arbitrary: fc.constant(admin) },
          fc.constantFrom(acme.tokens.agent, acme.tokens.caller, world.operator, undefined, "nonsense")
        )
        const shots = shotsAt(document, operation, acme.inputs[id], knownIds())
        for (const [bearer, shot] of fc.sample(fc.tuple(token, shots), {
          numRuns: cases,
          seed: seed + world.table.indexOf(endpoint)
        })) {
          const { faults, story } = await fire(endpoint, bearer, shot)
          for (const fault of faults) found.set(fault, found.get(fault) ?? `${id}: ${story}`)
        }
        const { status } = await world.ask("GET", "/auth/me/", { token: await world.signIn("admin@acme.example") })
        expect(status, `the administrator after ${id}`).toBe(200)
      }
      expect(Object.fromEntries(found)).toEqual({})
    }
  )
})

describe("requests for what is no route", () => {
  const ways = [
    "//incidents/",
    "/incidents//",
    "/incidents/%2f",
    "/incidents/..;/users/",
    "/%69ncidents/",
    "/INCIDENTS/",
    "/incidents/%5c",
    "/incidents/%00/",
    "/incidents.json",
    "/nowhere/",
    "/incidents/x/y/z/",
    "/%zz/",
    "/"
  ]
  it.each(ways)("%s: one and the same 404", async (path) => {
    for (const token of [undefined, world.acme.tokens.admin]) {
      const answer = await world.ask("GET", api + path, { token })
      expect([answer.status, answer.body["code"], headerFaults(answer, undefined)]).toEqual([404, "not_found", []])
    }
  })

  it("or with a method that the route does not have: 405, and which it has", async () => {
    const paths = Map.groupBy(world.table, ({ path }) => path)
    for (const [path, endpoints] of paths) {
      const known = endpoints.map(({ method }): string => method)
      const others = ["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "QUERY"].filter(
        (each) => !known.includes(each)
      )
      for (const method of others) {
        const answer = await world.ask(method, path.replace("{id}", world.acme.incidents.new), {
          token: world.acme.tokens.admin
        })
        expect([method, path, answer.status, answer.body["code"], headerFaults(answer, undefined)]).toEqual([
          method,
          path,
          405,
          "method_not_allowed",
          []
        ])
        expect(
          answer.headers
            .get("allow")
            ?.split(", ")
            .filter((each) => each !== "HEAD" && each !== "OPTIONS")
            .toSorted()
        ).toEqual(known.toSorted())
      }
    }
  })
})
