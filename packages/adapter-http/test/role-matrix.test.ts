import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { inputsFor } from "./inputs.ts"
import { expired, forged, password } from "./instance.ts"
import { roleMatrix } from "./role-matrix.table.ts"
import { type Company, startWorld, type World } from "./world.ts"

/** Whom no token speaks for. */
const outside = ["nobody", "expired", "forged", "disabled"] as const
const inside = ["end_user", "agent", "manager", "admin", "auditor", "operator", "key"] as const
const callers = [...outside, ...inside] as const
type Caller = (typeof callers)[number]
const accounts: Readonly<Partial<Record<Caller, string>>> = {
  end_user: "caller@acme.example",
  agent: "agent@acme.example",
  manager: "manager@acme.example",
  admin: "admin@acme.example",
  auditor: "auditor@acme.example",
  operator: "operator@platform.example"
}

/** One status for all who are outside, or one for each of them. */
const statusesOf = ([first = "", ...others]: ReadonlyArray<string>) => {
  const each = first.split(",").map(Number)
  return [...(each.length === 1 ? outside.map(() => each[0]!) : each), ...others.map(Number)]
}

const rows = roleMatrix
  .split("\n")
  .filter((line) => line.trim() !== "")
  .map((line) => {
    const [method = "", path = "", on = "", ...statuses] = line.split(/\s+/)
    return { route: `${method} ${path}`, method, path, on, statuses: statusesOf(statuses) }
  })

let world: World
let begun: number
const tokens: Partial<Record<Caller, string>> = {}
/** Of a user in IT, and of one in sales. */
const entries: Record<"it" | "sales", string> = { it: "", sales: "" }

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
  await make("/user-roles/", { userId: (await user("auditor"))["id"], roleId: role["id"] })
  const disabled = await user("disabled")
  tokens.disabled = await world.signIn("disabled@acme.example")
  await make(`/users/${String(disabled["id"])}/disable/`, {})
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
  const key = await make("/auth/api-keys/", { name: "Monitoring", scopes: ["incident.read"], expiresAt })
  tokens.key = String(key["key"])
}

const entryAbout = async (id: string) => {
  const { body } = await world.ask("GET", `/audit-logs/?entityId=${id}&limit=1`, { token: world.acme.tokens.admin })
  return String((body["items"] as ReadonlyArray<{ readonly id: string }>)[0]?.id)
}

beforeAll(async () => {
  world = await startWorld()
  await moreCallers()
  entries.it = await entryAbout(world.acme.people.agent)
  entries.sales = await entryAbout(world.acme.people.bystander)
  begun = world.writes.length
})
afterAll(() => world.close())

/** The record that a row speaks of, by the first segment of its path. */
const targets = (company: Company): Readonly<Record<string, Readonly<Record<string, string>>>> => {
  const { departments, teams, people, invited, incidents, comment, live, deleted, organizationId, session, apiKey } =
    company
  return {
    organizations: { own: organizationId },
    departments: { ...departments, deleted: deleted["Department"]! },
    teams: { ...teams, deleted: deleted["Team"]! },
    "team-members": { agent: live["TeamMember"]!, deleted: deleted["TeamMember"]! },
    users: { ...people, invited, deleted: deleted["User"]! },
    roles: { auditor: live["Role"]!, deleted: deleted["Role"]! },
    "user-roles": { caller: live["UserRole"]!, deleted: deleted["UserRole"]! },
    "user-permissions": { bystander: live["UserPermission"]!, deleted: deleted["UserPermission"]! },
    incidents,
    "incident-comments": comment,
    categories: { laptop: live["Category"]!, deleted: deleted["Category"]! },
    "audit-logs": entries,
    deliveries: { dead: live["Delivery"]! },
    auth: { caller: session, globex: world.globex.session, agentsKey: apiKey, globexKey: world.globex.apiKey }
  }
}

const signedIn = new Map<string, Promise<string>>()
/** One sign-in for each account, for only so many live at once; who logs out has one of their own. */
const signIn = (email: string, path: string): Promise<string> => {
  if (path === "/auth/logout/") return world.signIn(email)
  const token = signedIn.get(email) ?? world.signIn(email)
  signedIn.set(email, token)
  return token
}

const tokenOf = async (caller: Caller, path: string): Promise<string | undefined> => {
  if (caller === "nobody") return undefined
  const given = tokens[caller]
  if (given !== undefined) return given
  const token = await signIn(accounts[caller] ?? "admin@acme.example", path)
  return caller === "expired" ? expired(token) : caller === "forged" ? forged(token) : token
}

const codesOutside: Readonly<Partial<Record<Caller, string>>> = {
  nobody: "unauthenticated",
  expired: "token_expired",
  forged: "token_invalid",
  disabled: "session_revoked"
}

/** The code that goes with a status that the way in gives, whatever the route. */
const codeAtTheDoor = (caller: Caller, path: string, status: number): string | undefined => {
  if (status === 401) return codesOutside[caller]
  if (status !== 403) return undefined
  if (caller === "key" && path.startsWith("/auth/")) return "session_required"
  return caller === "operator" && !path.startsWith("/auth/") ? "reason_required" : "permission_denied"
}

describe("the matrix of roles", () => {
  it("has a row for every route, and a route for every row (T-AUTHZ-1)", () => {
    const routes = world.table.map(({ method, path }) => `${method} ${path}`)
    const known = new Set(rows.map(({ route }) => route))
    expect(routes.filter((route) => !known.has(route))).toEqual([])
    expect([...known].filter((route) => !routes.includes(route))).toEqual([])
    expect(rows.filter(({ statuses }) => statuses.length !== callers.length)).toEqual([])
  })

  it.each(rows)("holds for $route ($on)", async ({ route, method, path, on, statuses }) => {
    const endpoint = world.table.find((each) => `${each.method} ${each.path}` === route)!
    const { access, body, command, id } = endpoint
    const target = targets(world.acme)[path.split("/")[1]!]?.[on]
    expect(path.includes("{id}") && target === undefined, `${on} is no record`).toBe(false)
    const at = path.replace("{id}", target ?? "") + (command === undefined ? "" : "?dryRun=true")
    const input = inputsFor(world.acme)[id]
    expect(body?.required === true && input === undefined, `${id} has no input`).toBe(false)
    const answers = await Promise.all(
      callers.map(async (caller) => {
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
    for (const [index, caller] of callers.entries()) {
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
