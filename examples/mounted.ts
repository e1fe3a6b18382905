import { makeApp } from "@itsm/adapter-http"
import { MemoryStore } from "@itsm/adapter-memory"
import { Authentication, found, type Incident, Itsm, SessionRevoked } from "@itsm/core"
import { Effect, Layer, Logger, ManagedRuntime } from "effect"
import { Hono } from "hono"

// One log line for each request goes to Effect's logger; this host keeps a log of its own, and wants none.
const runtime = ManagedRuntime.make(Layer.merge(Layer.provide(Itsm.layer, MemoryStore.layer), Logger.layer([])))
const services = await runtime.context()
const { administrator } = await runtime.runPromise(
  found({
    name: "Acme",
    slug: "acme",
    administrator: { email: "ada@acme.example", displayName: "Ada" }
  })
)

// The host knows who is signed in; here by a cookie. What they may do, the domain reads from their roles.
const accounts = new Map([["session=ada", administrator.id!]])
const itsm = makeApp({
  services,
  authenticate: ({ request }) => {
    const userId = accounts.get(request.headers.get("cookie") ?? "")
    return userId === undefined
      ? Effect.fail(new SessionRevoked({}))
      : Authentication.use((authentication) => authentication.actorFor(userId))
  },
  settings: { basePath: "/api", cursorKey: crypto.getRandomValues(new Uint8Array(32)) }
})

const host = new Hono()
host.get("/hello", (context) => context.text("The host's own route"))
host.route("/itsm", itsm)

const cookie = "session=ada"
console.log(await (await host.request("/hello")).text())

const opened = await host.request("/itsm/api/incidents/", {
  method: "POST",
  headers: { cookie, "content-type": "application/json" },
  body: JSON.stringify({ title: "Mail is down", impact: 1, urgency: 1 })
})
const incident = (await opened.json()) as Incident
console.log(opened.status, incident.number, incident.state)
console.log(opened.headers.get("location") === `/itsm/api/incidents/${incident.id}/`)

const started = await host.request(`/itsm/api/incidents/${incident.id}/start/`, { method: "POST", headers: { cookie } })
console.log(started.status, ((await started.json()) as Incident).state)

const stranger = await host.request("/itsm/api/incidents/")
console.log(stranger.status, ((await stranger.json()) as { readonly code: string }).code)

await runtime.dispose()
