import { documentOf, makeApp, tableOf } from "@itsm/adapter-http"
import { Authentication, type Id, Itsm, Kernel, SessionRevoked, type Store } from "@itsm/core"
import { scenario } from "@itsm/core/testing"
import { Context, Effect, Layer, Logger, ManagedRuntime } from "effect"
import { module } from "./index.ts"

/** What the tests look at of the answers that there are. */
interface Body {
  readonly id: string
  readonly state: string
  readonly device: string
  readonly dueAt: string
  readonly allowedActions: ReadonlyArray<string>
  readonly code: string
  readonly errors: ReadonlyArray<{ readonly pointer: string }>
  readonly items: ReadonlyArray<Readonly<Record<string, unknown>>>
}

/** Two organizations on a store, the API over both, and everybody signed in under their name: `acme agent`. */
export const openDesk = async (store: Layer.Layer<Store.Store, unknown>) => {
  const domain = Itsm.layerWith({ modules: [module] }).pipe(Layer.provide(store))
  const runtime = ManagedRuntime.make(Layer.merge(domain, Logger.layer([])))
  const services = await runtime.context()
  const people = new Map<string, Id.Id<"User">>()
  for (const slug of ["acme", "globex"]) {
    const { admin, manager, agent, user } = await runtime.runPromise(scenario(slug))
    for (const [name, { id }] of Object.entries({ admin, manager, agent, user })) people.set(`${slug} ${name}`, id!)
  }
  const options = {
    services,
    authenticate: ({ request }: { readonly request: Request }) => {
      const id = people.get(request.headers.get("x-person") ?? "")
      return id === undefined
        ? Effect.fail(new SessionRevoked({}))
        : Authentication.use((authentication) => authentication.actorFor(id))
    },
    settings: { cursorKey: new Uint8Array(32) }
  }
  const app = makeApp(options)
  const ask = async (person: string, method: string, path: string, body?: unknown) => {
    const response = await app.request(`/api/v1${path}`, {
      method,
      headers: { "x-person": person, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    return { status: response.status, body: (await response.json()) as Body }
  }
  const document = documentOf(Context.get(services, Kernel.Kernel).catalogue, tableOf(options), { basePath: "/api/v1" })
  return { runtime, app, ask, document, idOf: (person: string) => people.get(person)! }
}
