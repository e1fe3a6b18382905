import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { catalogue, type Entity, RoleMatrix } from "@itsm/core"
import type { Person } from "@itsm/core/testing"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { entityOf, startWorld, type World } from "./world.ts"

type Shown = Readonly<Record<string, unknown>>
type Scope = "own" | "team" | "department" | "organization"

interface Cell {
  readonly scope: Scope
  /** It has a footnote about records, and so may hold for fewer of them. */
  readonly isLimited: boolean
}

const folder = fileURLToPath(new URL("../../../docs/generated/permissions/", import.meta.url))
/** The rows of a page, by their permission. */
const rowsOf = (page: string) => {
  const conditional = new Set([...page.matchAll(/^\[\^(\d+)\]: Only where/gm)].map(([, number]) => number))
  return [...page.matchAll(/^\| `([a-z_.]+)` \| (.+) \|$/gm)].map(([, permission, row]) => {
    const cells = row!.split(" | ").map((text): ReadonlyArray<Cell> =>
      text === "-"
        ? []
        : text.split(", ").map((part) => {
            const [, scope, note] = /^([a-z]+)(?:\[\^(\d+)\])?/.exec(part)!
            return { scope: scope as Scope, isLimited: note !== undefined && conditional.has(note) }
          })
    )
    return [permission!, cells] as const
  })
}
/** The published matrix, as people read it. */
const matrix = new Map(readdirSync(folder).flatMap((name) => rowsOf(readFileSync(join(folder, name), "utf8"))))

const persons: ReadonlyArray<Person> = ["caller", "agent", "manager", "admin"]
let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

/** Where each person belongs, as the world was made. */
const belonging = (person: Person) => {
  const { people, teams, departments } = world.acme
  const ofIt = person !== "admin"
  return {
    id: people[person],
    teams: person === "agent" ? [teams.desk] : [],
    departments: ofIt ? [departments.it] : [],
    departmentTeams: ofIt ? [teams.desk, teams.network] : []
  }
}

const reaches = (scope: Scope, person: Person, entity: Entity.AnyEntity, record: Shown): boolean => {
  if (scope === "organization") return true
  const { own = [], team, department } = entity.relations
  const me = belonging(person)
  const has = (ids: ReadonlyArray<unknown>, field: string | undefined) =>
    field !== undefined && ids.includes(record[field])
  if (own.some((field) => record[field] === me.id)) return true
  if (scope === "own") return false
  if (has(me.teams, team)) return true
  if (scope === "team") return false
  return department === undefined ? has(me.departmentTeams, team) : has(me.departments, department)
}

const refusal = (permission: string, { status, body }: { readonly status: number; readonly body: Shown }) =>
  status === 403 && String(body["detail"]).startsWith(`You may not "${permission}"`)

describe("docs/generated/permissions is what the routes do (T-AUTHZ-1)", () => {
  it("has each permission of a route, and a route for each permission that a command has", () => {
    const routed = new Set(world.table.flatMap(({ permission }) => (permission === null ? [] : [permission])))
    for (const permission of routed) expect(matrix.has(permission), permission).toBe(true)
    const called = catalogue.commands.filter(({ kind }) => kind !== "system")
    for (const { permission } of called) expect(routed.has(permission), permission).toBe(true)
    expect([...matrix.keys()].toSorted()).toEqual(catalogue.permissions)
  })

  it.each([0, 1, 2, 3])(
    "for the role in column %i, on every route and each kind of record",
    async (column) => {
      const person = persons[column]!
      const role = RoleMatrix.builtInRoles[column]!
      const { acme } = world
      const counted = { refused: 0, taken: 0, hidden: 0 }
      for (const endpoint of world.table) {
        const { permission, method, path, id, command } = endpoint
        const entity = entityOf({ path })
        if (permission === null || path.startsWith("/auth/") || entity.parent !== undefined) continue
        const cells = matrix.get(permission)![column]!
        const input = acme.inputs[id]
        const ask = (at: string) =>
          world.ask(method, command === undefined ? at : `${at}?dryRun=true`, {
            token: acme.tokens[person],
            ...(input === undefined ? {} : { body: input }),
            headers: command?.requiresIfMatch === true ? { "if-match": "*" } : {}
          })
        if (!path.includes("{id}")) {
          const answer = await ask(path)
          expect([id, role, refusal(permission, answer)]).toEqual([id, role, cells.length === 0])
          continue
        }
        const isRestored = permission === `${entity.resource}.restore`
        const list = await world.ask("GET", `/${entity.path}/?limit=100&includeDeleted=${String(isRestored)}`, {
          token: acme.tokens.admin
        })
        const read = matrix.get(`${entity.resource}.read`)![column]!
        const isPart = path.split("/").length > 5 && method === "GET" && !path.endsWith("/transitions/")
        for (const record of (list.body["items"] as ReadonlyArray<Shown>).filter(
          ({ deletedAt }) => (deletedAt !== null) === isRestored
        )) {
          const sees = (among: ReadonlyArray<Cell>) =>
            among.filter(({ scope }) => reaches(scope, person, entity, record))
          const answer = await ask(path.replace("{id}", String(record["id"])))
          const story = `${id} by ${role} of ${JSON.stringify(record)}: ${answer.status} ${JSON.stringify(answer.body["detail"])}`
          if (cells.length === 0) {
            counted.refused++
            expect(refusal(permission, answer), story).toBe(true)
          } else if (sees(read).length === 0) {
            counted.hidden++
            expect(answer.status, story).toBe(404)
          } else if (!isPart && sees(cells).length === 0) {
            counted.refused++
            expect(refusal(permission, answer), story).toBe(true)
          } else if (sees(cells).some(({ isLimited }) => !isLimited)) {
            counted.taken++
            expect(refusal(permission, answer) || answer.status === 404, story).toBe(false)
          }
        }
      }
      expect(counted.taken).toBeGreaterThan(50)
      expect(counted.refused).toBeGreaterThan(role === "admin" ? 1 : 50)
    },
    60_000
  )
})
