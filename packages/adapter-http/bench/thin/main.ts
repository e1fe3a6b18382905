// The server that the benchmark compares with: what one writes by hand for these seven requests and nothing else. It
// verifies the token of each request, sends the statements that our store sends, and answers with JSON. It knows no
// permissions, checks no input, and keeps no log.
import { serve } from "@hono/node-server"
import { Hono } from "hono"
import { importJWK, jwtVerify, type JWK } from "jose"
import { query } from "./database.ts"
import { type Caller, comment, create, resolve } from "./writes.ts"

const { keys } = JSON.parse(process.env["ITSM_SIGNING_KEYS"]!) as { readonly keys: readonly [JWK] }
const { d: _, ...publicJwk } = keys[0]
const publicKey = await importJWK(publicJwk, "EdDSA")

const app = new Hono<{ Variables: { caller: Caller } }>().basePath("/api/v1")

app.use(async (context, next) => {
  const token = context.req.header("authorization")?.slice("Bearer ".length) ?? ""
  const { payload } = await jwtVerify(token, publicKey, { issuer: "itsm", audience: "itsm", algorithms: ["EdDSA"] })
  context.set("caller", { organizationId: payload["org"] as string, userId: payload.sub! })
  await next()
})

const teamsOf = new Map<string, ReadonlyArray<string>>()

/** The values of the row rule: the organization, the agent four times, and the agent's teams. */
const rowRule = async ({ organizationId, userId }: Caller): Promise<ReadonlyArray<unknown>> => {
  let teams = teamsOf.get(userId)
  if (teams === undefined) {
    const [row] = await query("teams", [organizationId, userId])
    teamsOf.set(userId, (teams = row!["teams"] as ReadonlyArray<string>))
  }
  return [organizationId, userId, userId, userId, userId, teams]
}

const page = (rows: ReadonlyArray<Readonly<Record<string, unknown>>>, key: string) => {
  const items = rows.slice(0, 25)
  const last = items.at(-1)
  const hasMore = rows.length > items.length && last !== undefined
  return {
    items,
    nextCursor: hasMore ? Buffer.from(JSON.stringify([last[key], last["id"]])).toString("base64url") : null
  }
}

app.get("/incidents/", async (context) => {
  const rule = await rowRule(context.get("caller"))
  const words = context.req.query("q")
  if (words !== undefined) {
    const pattern = words
      .toLowerCase()
      .split(" ")
      .map((word) => `'${word.replaceAll("'", "")}'`)
      .join(" & ")
    return context.json(page(await query("search", [...rule, pattern]), "createdAt"))
  }
  const priority = Number(context.req.query("priority[lte]"))
  const cursor = context.req.query("cursor")
  if (cursor === undefined) return context.json(page(await query("list", [...rule, priority]), "updatedAt"))
  const after = JSON.parse(Buffer.from(cursor, "base64url").toString()) as ReadonlyArray<string>
  return context.json(page(await query("listAfter", [...rule, priority, ...after]), "updatedAt"))
})

const load = async ({ organizationId }: Caller, id: string) => {
  const [incident] = await query("get", [organizationId, id])
  if (incident === undefined) throw new Error("not found")
  return incident
}

app.get("/incidents/:id/", async (context) => context.json(await load(context.get("caller"), context.req.param("id"))))

app.post("/incidents/", async (context) => {
  const body = await context.req.json<Record<string, unknown>>()
  return context.json(await create(context.get("caller"), body), 201)
})

app.post("/incidents/:id/add_comment/", async (context) => {
  const caller = context.get("caller")
  const body = await context.req.json<Record<string, unknown>>()
  return context.json(await comment(caller, await load(caller, context.req.param("id")), body), 201)
})

app.post("/incidents/:id/resolve/", async (context) => {
  const caller = context.get("caller")
  const body = await context.req.json<Record<string, unknown>>()
  return context.json(await resolve(caller, await load(caller, context.req.param("id")), body))
})

serve({ fetch: app.fetch, port: Number(process.env["PORT"]), hostname: "127.0.0.1" })
