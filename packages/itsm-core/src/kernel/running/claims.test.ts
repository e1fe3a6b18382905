import { describe, expect, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { catalogueWith } from "../../catalogue.ts"
import {
  Catalogue,
  type Claims,
  Command,
  Entity,
  Event,
  Id,
  Job,
  Published,
  Reaction,
  RoleMatrix,
  Service,
  Text,
  Timer
} from "../index.ts"

const names = { name: "Crate", plural: "crates", service: "Crates" }
const entityOf = (name: string, plural: string) => Entity.define(name, { plural, fields: { label: Text.Text(1, 80) } })
const act = (entity: Entity.AnyEntity, name: string, permission?: string) =>
  Command.action(entity, name, {
    description: "Does it.",
    input: Command.Nothing,
    ...(permission === undefined ? {} : { permission }),
    decide: (record) => Result.succeed({ change: record })
  })
const serviceOf = (
  { name, plural, service }: typeof names,
  commandsOf: (entity: Entity.AnyEntity) => Service.Operations = () => ({})
) => {
  const entity = entityOf(name, plural)
  return Service.define(service, entity, commandsOf(entity))
}

const stores: Catalogue.Module = { name: "stores", services: [serviceOf(names)] }
const other = (module: Partial<Catalogue.Module>): Catalogue.Module => ({ name: "yard", services: [], ...module })

const refusal = (...modules: ReadonlyArray<Catalogue.Module>): ReadonlyArray<string> => {
  try {
    Catalogue.make(modules, [])
    return []
  } catch (error) {
    return (error as Claims.CatalogueRefused).problems
  }
}

const box = { name: "Box", plural: "boxes", service: "Boxes" }
const timer = Timer.runs("crate.check", act(stores.services[0]!.entity, "check"))
const job = Job.define("crate.count", { input: Command.Nothing, run: () => Effect.void })
const CrateView = Published.view("Crate", { label: Text.Text(1, 80) })
const packed = Event.define(CrateView, "packed")
const counting = (name: string) => Reaction.inside(packed, { name, decide: () => ({}) })
const directory: NonNullable<Catalogue.Module["directory"]> = {
  person: () => Effect.succeedNone,
  team: () => Effect.succeedNone,
  organization: () => Effect.succeed({ timeZone: "UTC" })
}

describe("two modules that claim one name are refused with both of them:", () => {
  const cases: ReadonlyArray<readonly [string, string, Catalogue.Module, Catalogue.Module]> = [
    ["a module", 'The module "stores"', stores, other({ name: "stores" })],
    ["an entity", 'The entity "Crate"', stores, other({ services: [serviceOf({ ...box, name: "Crate" })] })],
    ["a plural", 'The plural "crates"', stores, other({ services: [serviceOf({ ...box, plural: "crates" })] })],
    ["a resource", 'The resource "crate"', stores, other({ entities: [entityOf("crate", "crateLids")] })],
    ["a table", 'The table "crates"', stores, other({ entities: [entityOf("Box", "Crates")] })],
    ["a path", 'The path "/crates/"', stores, other({ entities: [entityOf("Box", "crates")] })],
    ["a service", 'The service "crates"', stores, other({ services: [serviceOf({ ...box, service: "crates" })] })],
    [
      "the service of an entity",
      'The service of "Crate"',
      stores,
      other({ services: [Service.define("OtherCrates", stores.services[0]!.entity, {})] })
    ],
    [
      "a permission",
      'The permission "crate.read"',
      stores,
      other({ services: [serviceOf(box, (entity) => ({ open: act(entity, "open", "crate.read") }))] })
    ],
    ["a permission without a command", 'The permission "crate.read"', stores, other({ permissions: ["crate.read"] })],
    ["a kind of job", 'The kind of job "crate.count"', { ...stores, jobs: [job] }, other({ jobs: [{ ...job }] })],
    ["a timer kind", 'The timer kind "crate.check"', { ...stores, timers: [timer] }, other({ timers: [{ ...timer }] })],
    [
      "an event",
      'The event "crate.packed.v1"',
      { ...stores, published: { packed } },
      other({ published: { again: Event.define(CrateView, "packed") } })
    ],
    [
      "a reaction",
      'The reaction "crate.count"',
      { ...stores, published: { packed }, inside: [counting("crate.count")] },
      other({ after: [Reaction.after(packed, { name: "crate.count", react: () => Effect.void })] })
    ],
    ["the directory", 'The port "directory"', { ...stores, directory }, other({ directory: { ...directory } })]
  ]
  it.each(cases)("%s", (_, claim, first, second) => {
    expect(refusal(first)).toEqual([])
    const problem = refusal(first, second).find((text) => text.startsWith(claim))
    expect(problem).toMatch(/ is claimed by .*stores.* and by .*yard|a module of that name/)
  })

  it("an operation, in one module", () => {
    const crates = serviceOf(names, (entity) => ({ seal: act(entity, "sealLid"), close: act(entity, "seal_lid") }))
    expect(refusal({ name: "stores", services: [crates] })).toEqual([
      'The operation "crate.seal_lid" is claimed by sealLid of Crates of the module stores and by seal_lid of Crates of the module stores.'
    ])
  })
})

describe("what leads nowhere is refused:", () => {
  const lost = Entity.define("Label", { plural: "labels", fields: { palletId: Id.Id("Pallet") } })

  it("a reference to an entity that no module has", () => {
    expect(refusal(other({ entities: [lost] }))).toEqual([
      'Label.palletId of the module yard refers to "Pallet", which no module has.'
    ])
    const create = Command.create(lost, {
      description: "Makes it.",
      input: lost.create,
      decide: (input) => Result.succeed({ create: input })
    })
    const labels = Service.define("Labels", lost, { create })
    expect(refusal(other({ services: [labels] }))).toContain(
      '/palletId of Labels.create of the module yard refers to "Pallet", which no module has.'
    )
  })

  it("a part of an entity that no module has", () => {
    const crate = stores.services[0]!.entity
    const part = Entity.define("Lid", {
      plural: "lids",
      fields: { crateId: Id.Id("Crate") },
      parent: { entity: crate, field: "crateId" }
    })
    expect(refusal(stores, other({ entities: [part] }))).toEqual([])
    expect(refusal(other({ entities: [part] }))).toHaveLength(2)
  })

  it("a grant of a permission that no module has", () => {
    const granting = (permission: string) => other({ grants: { agent: RoleMatrix.grant("team", [permission]) } })
    expect(refusal(stores, granting("crate.*"))).toEqual([])
    expect(refusal(stores, granting("crate.burn"))).toEqual([
      'the module yard grants "crate.burn" to agent, which names no permission.'
    ])
  })
})

describe("what is published is borne out:", () => {
  it("a reaction to an event that no module publishes is refused", () => {
    const after = Reaction.after(packed, { name: "crate.tell", react: () => Effect.void })
    const sentence = 'the module yard reacts to "crate.packed.v1", which no module publishes.'
    expect(refusal({ ...stores, published: { packed } }, other({ after: [after] }))).toEqual([])
    expect(refusal(stores, other({ after: [after] }))).toEqual([sentence])
    expect(refusal(stores, other({ inside: [counting("crate.count")] }))).toEqual([sentence])
  })

  it("a view that its entity does not have is refused", () => {
    const wrong = Published.view("Crate", { colour: Text.Text(1, 80) })
    expect(refusal({ ...stores, published: { wrong } })).toEqual([
      'The view of "Crate" shows "colour", which is no field of it.'
    ])
  })
})

describe("a catalogue", () => {
  it("is made of modules that fit together", () => {
    expect(refusal(stores, other({ services: [serviceOf(box)] }))).toEqual([])
  })

  it("names everything that is wrong at once", () => {
    const second = { ...other({}), services: [serviceOf(names)], grants: { agent: RoleMatrix.grant("own", ["x.y"]) } }
    const problems = refusal(stores, second)
    expect(problems.length).toBeGreaterThan(5)
    expect(() => Catalogue.make([stores, second], [])).toThrow("cannot work together")
  })

  it("of the product takes further modules, and refuses those that claim its names", () => {
    expect(catalogueWith([stores]).entities.has("Crate")).toBe(true)
    const usurper = other({ services: [serviceOf({ name: "Incident", plural: "incidents", service: "Incidents" })] })
    expect(() => catalogueWith([usurper])).toThrow(
      'The entity "Incident" is claimed by Incident of the module incidents and by Incident of the module yard.'
    )
    expect(() => catalogueWith([other({ entities: [entityOf("Timer", "timers")] })])).toThrow("the module kernel")
  })
})
