import { assert, describe, expect, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer, Result, Schema } from "effect"
import * as Itsm from "./itsm.ts"
import { Actor, type Catalogue, Command, Entity, Event, Kernel, Published, Service, Text } from "./kernel/index.ts"
import { found } from "./modules/identity/index.ts"
import { createItsm, type Options, seededIds } from "./promise.ts"

const Crate = Entity.define("Crate", { plural: "crates", fields: { label: Text.Text(1, 80) } })
const pack = Command.create(Crate, {
  description: "Packs a crate.",
  input: Crate.create,
  decide: (input) => Result.succeed({ create: input })
})
class Crates extends Service.define("Crates", Crate, { pack }) {}
const stores = { name: "stores", services: [Crates] } as const satisfies Catalogue.Module

const founding = { name: "Acme", slug: "acme", administrator: { email: "ada@acme.example", displayName: "Ada" } }
const start = async <M extends Catalogue.Module = never>(options: Options<M> = {}) => {
  const itsm = await createItsm(MemoryStore.layer, options)
  const { administrator } = await itsm.found(founding)
  return { itsm, administrator, ...itsm.as(administrator) }
}
const opened = { title: "Mail is down" }
const fixed = { resolutionCode: "fixed", resolutionNotes: "Restarted the relay" } as const

describe("modules from outside", () => {
  it.effect("have their services in the layer, beside those of the product", () =>
    Effect.gen(function* () {
      const { administrator } = yield* found(founding)
      const crates = yield* Crates
      const { label } = yield* crates.pack({ label: "Cables" }).pipe(Actor.provide(administrator))
      assert.strictEqual(label, "Cables")
      const { catalogue } = yield* Kernel.Kernel
      assert.includeMembers([...catalogue.permissions], ["crate.create", "incident.resolve"])
    }).pipe(Effect.provide(Itsm.layerWith({ modules: [stores] }).pipe(Layer.provide(MemoryStore.layer))))
  )

  it("have their operations as promises", async () => {
    const { itsm, crates, incidents } = await start({ modules: [stores] })
    expect((await crates.pack({ label: "Cables" })).label).toBe("Cables")
    expect((await crates.list()).items).toHaveLength(1)
    expect((await incidents.open(opened)).number).toBe("INC-000001")
    await itsm.close()
  })

  it("are refused where they claim a name of the product", async () => {
    const usurper = { name: "incidents", services: [] } as const satisfies Catalogue.Module
    await expect(createItsm(MemoryStore.layer, { modules: [usurper] })).rejects.toThrow('The module "incidents"')
  })
})

describe("the clock", () => {
  it("is the embedder's: what is due is done when the embedder says that it is", async () => {
    let now = Date.UTC(2026, 8, 2, 9)
    const { itsm, incidents } = await start({ clock: { now: () => now } })
    const { id, createdAt } = await incidents.open(opened)
    expect(createdAt).toBe("2026-09-02T09:00:00.000Z")
    await incidents.resolve(id, fixed)
    await itsm.drain()
    expect((await incidents.get(id)).state).toBe("resolved")
    now += 30 * 86_400_000
    await itsm.drain()
    expect(await incidents.get(id)).toMatchObject({ state: "closed", closedAt: "2026-10-02T09:00:00.000Z" })
    await itsm.close()
  })
})

describe("the ids", () => {
  const idsOf = async (seed: number) => {
    const { itsm, administrator, incidents } = await start({ clock: { now: () => 1e12 }, ids: seededIds(seed) })
    const drawn = [administrator.id, (await incidents.open(opened)).id, (await incidents.open(opened)).id]
    await itsm.close()
    return drawn
  }

  it("are the same for the same seed, and others for another", async () => {
    const once = await idsOf(7)
    expect(new Set(once).size).toBe(3)
    expect(await idsOf(7)).toEqual(once)
    expect(await idsOf(8)).not.toEqual(once)
  })
})

describe("a listener", () => {
  it("is called after the commit with what happened, and only where it happened", async () => {
    const heard: Array<string> = []
    const { itsm, incidents } = await start({
      on: {
        "incident.resolved.v1": ({ type, data, aggregateId }) => {
          heard.push(`${type} ${data.number} ${data.resolutionCode} ${aggregateId === data.id}`)
        },
        "incident.closed.v1": async () => void heard.push("closed")
      }
    })
    const { id } = await incidents.open(opened)
    await incidents.resolve(id, fixed, { dryRun: true })
    await itsm.drain()
    expect(heard).toEqual([])
    await incidents.resolve(id, fixed)
    expect(heard).toEqual([])
    await itsm.drain()
    await itsm.drain()
    expect(heard).toEqual(["incident.resolved.v1 INC-000001 fixed true"])
    await itsm.close()
  })

  it("that fails is called again with the same event", async () => {
    let now = Date.UTC(2026, 8, 2, 9)
    const heard: Array<string> = []
    const { itsm, incidents } = await start({
      clock: { now: () => now },
      on: {
        "incident.created.v1": async ({ id }) => {
          heard.push(id)
          if (heard.length === 1) throw new Error("The line is busy.")
        }
      }
    })
    await incidents.open(opened)
    await itsm.drain()
    expect(heard).toHaveLength(1)
    now += 60_000
    await itsm.drain()
    expect(heard).toEqual([heard[0], heard[0]])
    await itsm.close()
  })

  it("of an event that nobody publishes is refused", async () => {
    const on = { "incident.exploded.v1": () => undefined }
    await expect(createItsm(MemoryStore.layer, { on })).rejects.toThrow(
      'reacts to "incident.exploded.v1", which no module publishes'
    )
  })

  it("hears the events of modules from outside by their names", async () => {
    const CratePacked = Event.define(Published.view("Crate", { label: Text.Text(1, 80) }), "packed", {
      label: Schema.String
    })
    const tell = Command.action(Crate, "tell", {
      description: "Tells that it is packed.",
      input: Command.Nothing,
      decide: (crate) => Result.succeed({ change: crate, events: [CratePacked.make(crate, { label: crate.label })] })
    })
    const telling = {
      name: "stores",
      published: { CratePacked },
      services: [Service.define("Crates", Crate, { pack, tell })]
    } as const satisfies Catalogue.Module
    const labels: Array<unknown> = []
    const { itsm, crates } = await start({
      modules: [telling],
      on: { "crate.packed.v1": ({ data }) => void labels.push(data) }
    })
    await crates.tell((await crates.pack({ label: "Cables" })).id)
    await itsm.drain()
    expect(labels).toEqual([expect.objectContaining({ label: "Cables" })])
    await itsm.close()
  })
})
