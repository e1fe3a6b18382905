import { serve } from "@hono/node-server"
import {
  Actor,
  Authentication,
  Condition,
  type Errors,
  found,
  type Incident,
  Itsm,
  Roles,
  UserRoles,
  Users
} from "@itsm/core"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer, Logger, ManagedRuntime, Schema } from "effect"
import { bookLogger } from "./log-book.ts"
import { type AppOptions, makeApp, Metrics, operationPages } from "../src/index.ts"

class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", {}) {
  readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  override get message() {
    return "Say who you are."
  }
}

export type Person = "admin" | "agent" | "caller" | "bystander" | "stranger"
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}
/** The JSON of an answer, as far as the tests look into it. */
interface Body {
  readonly [field: string]: unknown
}

interface Asked {
  readonly as?: Person | null
  readonly body?: unknown
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
}

type Services = Layer.Success<typeof Itsm.layer>

const withRole = Effect.fnUntraced(function* (email: string, key: string) {
  const user = yield* Users.use((users) => users.create({ email, displayName: email.split("@")[0]! }))
  yield* Users.use((users) => users.enable(user.id))
  const [role] = (yield* Roles.use((roles) => roles.list({ where: Condition.eq("key", key) }))).items
  yield* UserRoles.use((userRoles) => userRoles.create({ userId: user.id, roleId: role!.id }))
  return yield* Authentication.use((authentication) => authentication.actorFor(user.id))
})

const founding = (slug: string) =>
  found({ name: slug, slug, administrator: { email: `admin@${slug}.example`, displayName: "Admin" } })

/** Two organizations on a store in memory, behind the application: the bearer token is the person's name. */
export const startService = async (options: Partial<AppOptions<Services>> = {}) => {
  const runtime = ManagedRuntime.make(
    Layer.mergeAll(Layer.provide(Itsm.layer, MemoryStore.layer), Logger.layer([bookLogger]))
  )
  const services = await runtime.context()
  const people = await runtime.runPromise(
    Effect.gen(function* () {
      const { administrator: admin } = yield* founding("acme")
      const { administrator: stranger } = yield* founding("other")
      const asAdmin = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.provideService(effect, Actor.CurrentActor, admin)
      const agent = yield* asAdmin(withRole("agent@acme.example", "agent"))
      const caller = yield* asAdmin(withRole("caller@acme.example", "end_user"))
      const bystander = yield* asAdmin(withRole("bystander@acme.example", "end_user"))
      return { admin, agent, caller, bystander, stranger }
    })
  )
  const metrics = Metrics.make()
  const app = makeApp<Services>({
    services,
    authenticate: (call) => {
      const name = /^Bearer (\w+)$/i.exec(call.request.headers.get("authorization") ?? "")?.[1]
      const actor = name === undefined ? undefined : people[name as Person]
      return actor === undefined ? Effect.fail(new Unauthenticated({})) : Effect.succeed(actor)
    },
    metrics,
    pages: operationPages({ metrics }),
    settings: { cursorKey: new Uint8Array(32).fill(7) },
    ...options
  })
  const ask = async (
    method: string,
    path: string,
    { as = "admin", body, text, headers }: Asked = {}
  ): Promise<Answer> => {
    const content = text ?? (body === undefined ? undefined : JSON.stringify(body))
    const answer = await app.request(path.startsWith("/api") ? path : `/api/v1${path}`, {
      method,
      headers: {
        ...(as === null ? {} : { authorization: `Bearer ${as}` }),
        ...(content === undefined ? {} : { "content-type": "application/json" }),
        ...headers
      },
      ...(content === undefined ? {} : { body: content })
    })
    const answered = await answer.text()
    return { status: answer.status, headers: answer.headers, body: answered === "" ? {} : JSON.parse(answered) }
  }
  const open = async (title: string, more: object = {}, as: Person = "admin"): Promise<Incident> => {
    const { status, body } = await ask("POST", "/incidents/", { as, body: { title, ...more } })
    if (status !== 201) throw new Error(`The incident was not opened: ${JSON.stringify(body)}`)
    return body as unknown as Incident
  }
  return { app, ask, open, people, runtime, services, metrics }
}

export type Service = Awaited<ReturnType<typeof startService>>

/** The application on a port of this machine, for what only a real connection shows. */
export const listen = ({ app }: { readonly app: { readonly fetch: Parameters<typeof serve>[0]["fetch"] } }) =>
  new Promise<{ readonly port: number; readonly close: () => Promise<void> }>((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
      resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) })
    )
  })
