import { MemoryStore } from "@itsm/adapter-memory"
import { catalogue } from "@itsm/core"
import { Organization } from "@itsm/core/identity"
import { Actor, Catalogue, Command, Job, Kernel, Reaction, Service, Worker } from "@itsm/core/kernel"
import { Effect, Layer, Logger, ManagedRuntime, Result, Schema } from "effect"
import { afterEach, describe, expect, it } from "vitest"
import * as Factory from "../../itsm-core/src/testing/factories.ts"
import { Parcel, ParcelWeighed, weigh } from "../../itsm-core/src/testing/parcels.ts"
import { makeApp } from "../src/index.ts"
import { bookLogger } from "./log-book.ts"

const Counting = Schema.Struct({ upTo: Schema.Int }).annotate({ identifier: "CountParcels" })

const counting = Job.define("parcels.count", {
  input: Counting,
  run: ({ upTo }, { progress }) => Effect.as(progress({ done: upTo, total: upTo }), { counted: upTo })
})

const create = Command.create(Parcel, {
  description: "There is a parcel.",
  input: Command.Nothing,
  decide: () => Result.succeed({ create: {} })
})

const count = Command.action(Parcel, "count", {
  description: "What is in the parcel will be counted.",
  input: Counting,
  makes: Job.Job,
  decide: (parcel, input, moment) => Result.succeed({ change: parcel, made: Job.enqueue(counting, input, moment) })
})

class Parcels extends Service.define("Parcels", Parcel, { create, weigh, count }) {}

type Person = "admin" | "clerk" | "colleague"
const everything = [{ permission: "*", effect: "allow", scope: "organization", source: "role:admin" }] as const
const clerk = ["parcel.*"].map((permission) => ({ ...everything[0], permission }))
const ownJobs = ["job.*"].map((permission) => ({ ...everything[0], permission, scope: "own" as const }))

/** The product with a depot of parcels, whose scale is out of order for some weighings. */
const openDepot = async ({ brokenFor = 0 } = {}) => {
  let weighed = 0
  const after = [
    Reaction.after(ParcelWeighed, {
      name: "parcels.print_label",
      retriesMs: [],
      react: () => (weighed++ < brokenFor ? Effect.fail(new Error("The printer has no paper.")) : Effect.void)
    })
  ]
  const { modules } = catalogue
  const ofModules = modules.flatMap(({ entities = [], services }) => [
    ...entities,
    ...services.map((each) => each.entity)
  ])
  const shared = [...catalogue.entities.values()].filter((entity) => !ofModules.includes(entity))
  const depot = { name: "parcels", services: [Parcels], published: { ParcelWeighed }, after, jobs: [counting] }
  const runtime = ManagedRuntime.make(
    Layer.mergeAll(
      Layer.provide(Kernel.Kernel.layer(Catalogue.make([...modules, depot], shared)), MemoryStore.layer),
      Logger.layer([bookLogger])
    )
  )
  const services = await runtime.context()
  const organization = Factory.organization()
  await runtime.runPromise(
    Kernel.Kernel.use(({ store }) =>
      store.commit({ organizationId: organization.id }, [
        { kind: "insert", entity: Organization, record: organization }
      ])
    )
  )
  const actorOf = (grants: Actor.Actor["grants"]): Actor.Actor => ({
    ...Actor.system(organization.id),
    kind: "user",
    id: Factory.freshId<"User">(),
    grants
  })
  const people: Readonly<Record<Person, Actor.Actor>> = {
    admin: actorOf(everything),
    clerk: actorOf([...clerk, ...ownJobs]),
    colleague: actorOf([...clerk, ...ownJobs])
  }
  const app = makeApp({
    services,
    authenticate: (call) => Effect.succeed(people[call.request.headers.get("x-person") as Person]),
    settings: { cursorKey: new Uint8Array(32) }
  })
  const ask = async (
    person: Person,
    method: string,
    path: string,
    body: object | null = method === "POST" ? {} : null
  ) => {
    const answer = await app.request(path.startsWith("/api") ? path : `/api/v1${path}`, {
      method,
      headers: { "x-person": person, ...(body === null ? {} : { "content-type": "application/json" }) },
      body: body === null ? null : JSON.stringify(body)
    })
    return {
      status: answer.status,
      location: answer.headers.get("location"),
      body: (await answer.json()) as Readonly<Record<string, any>>
    }
  }
  const parcel = (await ask("admin", "POST", "/parcels/")).body["id"] as string
  opened.push(runtime)
  return { ask, parcel, drain: () => runtime.runPromise(Worker.drain) }
}

const opened: Array<{ readonly dispose: () => Promise<void> }> = []
afterEach(async () => {
  for (const runtime of opened.splice(0)) await runtime.dispose()
})

describe("a command that takes longer than a request", () => {
  it("is accepted with the place of its job, which its requester follows, and an administrator", async () => {
    const { ask, parcel, drain } = await openDepot()
    const accepted = await ask("clerk", "POST", `/parcels/${parcel}/count/`, { upTo: 7 })
    const { id } = accepted.body
    expect(accepted).toMatchObject({ status: 202, location: `/api/v1/jobs/${id}/`, body: { state: "waiting" } })
    await drain()
    const done = { state: "succeeded", result: { counted: 7 }, progress: { done: 7, total: 7 } }
    for (const person of ["clerk", "admin"] as const) {
      expect(await ask(person, "GET", accepted.location!)).toMatchObject({ status: 200, body: done })
      expect((await ask(person, "GET", "/jobs/")).body["items"]).toMatchObject([{ id }])
    }
    expect((await ask("colleague", "GET", accepted.location!)).status).toBe(404)
    expect((await ask("colleague", "GET", "/jobs/")).body["items"]).toEqual([])
    expect((await ask("clerk", "POST", `/jobs/${id}/cancel/`)).body).toMatchObject({
      code: "state_conflict",
      currentState: "succeeded"
    })
  })

  it("does nothing more once it is cancelled, until it is tried again", async () => {
    const { ask, parcel, drain } = await openDepot()
    const { location } = await ask("clerk", "POST", `/parcels/${parcel}/count/`, { upTo: 7 })
    expect((await ask("colleague", "POST", `${location}cancel/`)).status).toBe(404)
    expect(await ask("clerk", "POST", `${location}cancel/`)).toMatchObject({
      status: 200,
      body: { state: "cancelled" }
    })
    await drain()
    expect((await ask("clerk", "GET", location!)).body).toMatchObject({ state: "cancelled", result: null })
    expect((await ask("clerk", "POST", `${location}retry/`)).body).toMatchObject({ state: "waiting", endedAt: null })
    await drain()
    expect((await ask("clerk", "GET", location!)).body).toMatchObject({ state: "succeeded" })
  })

  it("names the job in a dry run, and makes none", async () => {
    const { ask, parcel } = await openDepot()
    const tried = await ask("clerk", "POST", `/parcels/${parcel}/count/?dryRun=true`, { upTo: 7 })
    expect(tried).toMatchObject({ status: 202, body: { resource: { kind: "parcels.count", state: "waiting" } } })
    expect((await ask("admin", "GET", "/jobs/")).body["items"]).toEqual([])
  })
})

describe("the operator's list of deliveries", () => {
  it("has what did not arrive with its reason; tried again, it arrives and is gone", async () => {
    const { ask, parcel, drain } = await openDepot({ brokenFor: 1 })
    await ask("clerk", "POST", `/parcels/${parcel}/weigh/`)
    await drain()
    const { items } = (await ask("admin", "GET", "/deliveries/?state=dead")).body
    expect(items).toMatchObject([
      { reaction: "parcels.print_label", type: "parcel.weighed.v1", aggregateId: parcel, attempts: 1 }
    ])
    expect(items[0].lastError).toContain("The printer has no paper.")
    expect(items[0]).not.toHaveProperty("eventData")
    const { id } = items[0]
    expect((await ask("clerk", "GET", "/deliveries/")).status).toBe(403)
    expect((await ask("clerk", "POST", `/deliveries/${id}/retry/`)).status).toBe(403)
    expect(await ask("admin", "POST", `/deliveries/${id}/retry/`)).toMatchObject({
      status: 200,
      body: { state: "waiting" }
    })
    await drain()
    expect((await ask("admin", "GET", `/deliveries/${id}/`)).status).toBe(404)
  })

  it("drops what shall not arrive any more", async () => {
    const { ask, parcel, drain } = await openDepot({ brokenFor: 1 })
    await ask("clerk", "POST", `/parcels/${parcel}/weigh/`)
    await drain()
    const { id } = (await ask("admin", "GET", "/deliveries/")).body["items"][0]
    expect((await ask("admin", "POST", `/deliveries/${id}/drop/`)).body).toMatchObject({ state: "dropped" })
    await drain()
    expect((await ask("admin", "GET", `/deliveries/${id}/`)).body).toMatchObject({ state: "dropped", attempts: 1 })
    expect((await ask("admin", "POST", `/deliveries/${id}/retry/`)).body).toMatchObject({ code: "state_conflict" })
  })
})
