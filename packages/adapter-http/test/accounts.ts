import { MemoryStore } from "@itsm/adapter-memory"
import { type Condition, type Entity, Kernel } from "@itsm/core"
import { Effect } from "effect"
import { freshStore } from "../../adapter-pg/test/database.ts"
import { bearer, type MemoryServer, password, startMemoryServer } from "./memory-server.ts"

/** What each of these tests runs on. */
export const stores = [
  ["memory", MemoryStore.layer],
  ["PostgreSQL", freshStore]
] as const
export type StoreLayer = (typeof stores)[number][1]

export const otherPassword = "nine quiet herons wade"
export const auth = "/api/v1/auth"
type Answer = Awaited<ReturnType<MemoryServer["get"]>>

/** An answer as a status and, where it is a problem, its code. */
export const told = ({ status, body }: Answer) => (body.code === undefined ? [status] : [status, body.code])

/** A server whose policy of accounts a test may change. */
export const startAccounts = async (store: StoreLayer) => {
  const policy = {
    registration: "closed" as "closed" | "invite" | "domain" | "open",
    registrationOrganization: null as string | null,
    refreshGraceSeconds: 0
  }
  const server = await startMemoryServer({ accounts: policy, store })
  const admin = await server.as("admin@acme.example")
  const post = (path: string, body: object, token?: unknown) =>
    server.post(`${auth}/${path}/`, body, token === undefined ? {} : bearer(token))
  const login = (email: string, given = password) => post("login", { email, password: given })
  const signIn = async (email: string, given = password) => String((await login(email, given)).body["accessToken"])

  /** A user of Acme, with this password or, without one, invited. */
  const create = async (account: string, more: object = { password }) => {
    const email = `${account}@acme.example`
    const { status, body } = await server.post("/api/v1/users/", { email, displayName: "Newly Hired", ...more }, admin)
    if (status !== 201) throw new Error(JSON.stringify(body))
    const id = String(body["id"])
    return { email, id, path: `/api/v1/users/${id}/` }
  }
  const give = async (userId: string, key: string) => {
    const roles = (await server.get("/api/v1/roles/", admin)).body["items"] as ReadonlyArray<Entity.AnyRecord>
    const roleId = roles.find((role) => role["key"] === key)?.id
    await server.post("/api/v1/user-roles/", { userId, roleId }, admin)
  }
  const act = (path: string, action: string, body: object = {}, by = admin) =>
    server.post(`${path}${action}/`, body, by)

  /** What was mailed to an address, once everything has left. */
  const mailsTo = async (email: string) => {
    await server.drain()
    return server.mails.filter(({ to }) => to === email)
  }
  /** The secret in the last mail to an address. */
  const linkTo = async (email: string) =>
    /#token=(\S+)/.exec((await mailsTo(email)).findLast(({ text }) => text.includes("#token="))?.text ?? "")?.[1] ??
    "no link"

  /** Writes into what is stored, as no operation does. */
  const rewrite = (name: string, where: Condition.Condition, patch: Readonly<Record<string, unknown>>) =>
    server.run(
      Effect.gen(function* () {
        const { store: stored, catalogue } = yield* Kernel.Kernel
        const entity = catalogue.entities.get(name)!
        const { items } = yield* stored.find("everywhere", entity, { where, sort: [], limit: 1000 })
        for (const record of items as ReadonlyArray<Entity.AnyRecord>) {
          yield* stored.commit({ organizationId: record.organizationId }, [
            {
              kind: "update",
              entity,
              record: { ...record, ...patch, version: record.version + 1 },
              expectedVersion: record.version
            }
          ])
        }
      })
    )
  const audited = async (action: string, id: string) => {
    const { body } = await server.get(`/api/v1/audit-logs/?action=${action}&entityId=${id}`, admin)
    return (body["items"] as ReadonlyArray<Readonly<Record<string, unknown>>>).map(({ outcome }) => outcome)
  }
  return { server, policy, admin, post, login, signIn, create, give, act, mailsTo, linkTo, rewrite, audited }
}

export type Accounts = Awaited<ReturnType<typeof startAccounts>>
