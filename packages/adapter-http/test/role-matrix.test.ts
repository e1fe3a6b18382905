import { Access } from "@itsm/core/testing"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { expired, forged, password } from "./instance.ts"
import { allSamples, entityOf, startWorld, type World } from "./world.ts"

const accounts: Readonly<Partial<Record<Access.Caller, string>>> = {
  end_user: "user@acme.example",
  agent: "agent@acme.example",
  manager: "manager@acme.example",
  admin: "admin@acme.example",
  auditor: "readonly@acme.example",
  operator: "operator@platform.example"
}

/** The rows of every module, and of the endpoints that no module has. */
const rows = allSamples.flatMap(({ name, samples }) => Access.accessRows(name, samples.access))
const routeOf = ({ method, path }: { readonly method: string; readonly path: string }) => `${method} ${path}`

let world: World
let begun: number
const tokens: Partial<Record<Access.Caller, string>> = {}
/** Someone who reads everything and changes nothing, someone who was disabled, and a program of the administrator. */
const moreCallers = async () => {
  const token = world.acme.tokens.admin
  const make = async (path: string, body: object) => {
    const answer = await world.ask("POST", path, { token, body })
    expect([path, answer.status]).toEqual([path, path.endsWith("/disable/") ? 200 : 201])
    return answer.body
  }
  const user = (name: string) => make("/users/", { email: `${name}@acme.example`, displayName: name, password })
  const reads = new Set(world.table.flatMap(({ permission }) => (permission?.endsWith(".read") ? [permission] : [])))
  const role = await make("/roles/", { key: "read_only", name: "Read only", permissions: [...reads] })
  await make("/user-roles/", { userId: (await user("readonly"))["id"], roleId: role["id"] })
  const disabled = await user("disabled")
  tokens.disabled = await world.signIn("disabled@acme.example")
  await make(`/users/${String(disabled["id"])}/disable/`, {})
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
  const key = await make("/auth/api-keys/", { name: "Monitoring", scopes: ["incident.read"], expiresAt })
  tokens.key = String(key["key"])
}

beforeAll(async () => {
  world = await startWorld()
  await moreCallers()
  begun = world.writes.length
})
afterAll(() => world.close())

/** The record that a row speaks of; `foreign` is one of another organization. */
const recordOf = (path: string, on: string) => {
  const { name } = entityOf({ path })
  return on === "foreign" ? world.globex.record(name) : world.acme.record(name, on)
}

const signedIn = new Map<string, Promise<string>>()
/** One sign-in for each account, for only so many live at once; who logs out has one of their own. */
const signIn = (email: string, path: string): Promise<string> => {
  if (path === "/auth/logout/") return world.signIn(email)
  const token = signedIn.get(email) ?? world.signIn(email)
  signedIn.set(email, token)
  return token
}

const tokenOf = async (caller: Access.Caller, path: string): Promise<string | undefined> => {
  if (caller === "nobody") return undefined
  const given = tokens[caller]
  if (given !== undefined) return given
  const token = await signIn(accounts[caller] ?? "admin@acme.example", path)
  return caller === "expired" ? expired(token) : caller === "forged" ? forged(token) : token
}

const codesOutside: Readonly<Partial<Record<Access.Caller, string>>> = {
  nobody: "unauthenticated",
  expired: "token_expired",
  forged: "token_invalid",
  disabled: "session_revoked"
}

/** The code that goes with a status that the way in gives, whatever the route. */
const codeAtTheDoor = (caller: Access.Caller, path: string, status: number): string | undefined => {
  if (status === 401) return codesOutside[caller]
  if (status !== 403) return undefined
  if (caller === "key" && path.startsWith("/auth/")) return "session_required"
  return caller === "operator" && !path.startsWith("/auth/") ? "reason_required" : "permission_denied"
}

describe("the matrix of roles", () => {
  it("has a row for every route, and a route for every row (T-AUTHZ-1)", () => {
    const routes = world.table.map(routeOf)
    const known = new Set(rows.map(routeOf))
    const missing = world.table.filter((endpoint) => !known.has(routeOf(endpoint)))
    const stray = rows.filter((row) => !routes.includes(routeOf(row)))
    expect(missing.map((endpoint) => `${endpoint.tag} has no row for ${routeOf(endpoint)}`)).toEqual([])
    expect(stray.map((row) => `${row.module} has no route for ${routeOf(row)}`)).toEqual([])
  })

  it("has each row in the module of its route", () => {
    const tags = new Map(world.table.map((endpoint) => [routeOf(endpoint), endpoint.tag]))
    expect(rows.filter((row) => row.module !== tags.get(routeOf(row)))).toEqual([])
  })

  it.each(rows)("of $module holds for $method $path ($on)", async (row) => {
    const { method, path, on, statuses } = row
    const { access, body, command, id } = world.table.find((each) => routeOf(each) === routeOf(row))!
    const named = path.includes("{id}") ? path.replace("{id}", recordOf(path, on)) : path
    const at = named + (command === undefined ? "" : "?dryRun=true")
    const input = world.acme.inputs[id]
    expect(body?.required === true && input === undefined, `${id} has no input`).toBe(false)
    const answers = await Promise.all(
      Access.callers.map(async (caller) => {
        const token = await tokenOf(caller, path)
        return world.ask(method, at, {
          token,
          ...(input === undefined ? {} : { body: input }),
          headers: command?.requiresIfMatch === true ? { "if-match": "*" } : {}
        })
      })
    )
    expect(answers.map(({ status }) => status)).toEqual(statuses)
    if (access === "anonymous") return
    for (const [index, caller] of Access.callers.entries()) {
      const code = codeAtTheDoor(caller, path, statuses[index]!)
      if (code !== undefined) expect([caller, answers[index]!.body["code"]]).toEqual([caller, code])
    }
  })

  it("writes nothing but sign-ins and denials", () => {
    const known = new Set(["Session", "RefreshToken", "AuditLog", "User", "ApiKey"])
    const written = new Set(world.writes.slice(begun).map(({ entity }) => entity.name as string))
    expect([...written].filter((name) => !known.has(name))).toEqual([])
  })
})
