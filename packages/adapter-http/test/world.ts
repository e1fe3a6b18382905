import { MemoryStore } from "@itsm/adapter-memory"
import { catalogue, type Entity, type Store } from "@itsm/core"
import { type IncidentState, incidentIn } from "@itsm/core/incidents/samples"
import {
  type Body,
  company,
  makeRecords,
  type ModuleSamples,
  type Person,
  type SampleRecords,
  type Samples,
  samplesOf
} from "@itsm/core/testing"
import { Effect, type Layer } from "effect"
import { decodeJwt } from "jose"
import { authSamples, entityOfAuth } from "./auth-samples.ts"
import { foundPlatform, type Instance, password, type Route, startInstance } from "./instance.ts"

/** Of every module of the catalogue, and of the endpoints that no module has. */
export const allSamples: ReadonlyArray<ModuleSamples> = [
  ...(await samplesOf(catalogue.modules)),
  { name: "auth", samples: authSamples }
]

const entities = new Map<string, Entity.AnyEntity>(catalogue.services.map(({ entity }) => [entity.path, entity]))

/** The entity whose record the path of a route names. */
export const entityOf = ({ path }: Pick<Route, "path">): Entity.AnyEntity => {
  const [, first = "", second = ""] = path.split("/")
  return first === "auth" ? entityOfAuth(second) : entities.get(first)!
}

const merged = <A>(pick: (samples: Samples) => Readonly<Record<string, A>> | undefined) =>
  Object.assign({}, ...allSamples.map(({ samples }) => pick(samples))) as Readonly<Record<string, A>>

/** The name of the sample record that takes an operation, where it is not the live one. */
const subjects = merged(({ subjects: of }) => of)
/** What has to stand beside an id in an input: by operation, field and entity. */
export const references = merged(({ references: of }) => of)
/** Fields that are the system's, and that an operation takes all the same. */
export const callersOwn = merged(({ callersOwn: of }) => of)

/** An organization with people who can sign in, and the sample records of every module. */
export const populate = async (instance: Instance, slug: string) => {
  const made = await instance.run(company(slug, { password }))
  const tokens = {} as Record<Person, string>
  for (const person of Object.keys(made.people) as ReadonlyArray<Person>)
    tokens[person] = await instance.signIn(`${person === "caller" ? "user" : person}@${slug}.example`)
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
  const key = await instance.ask("POST", "/auth/api-keys/", {
    token: tokens.agent,
    body: { name: "Monitoring", scopes: ["incident.read"], expiresAt }
  })
  const sessionOf = (person: Person) => String(decodeJwt(tokens[person])["sid"])
  const apiKey = String(key.body["id"])
  const fromSigningIn = {
    Session: { live: sessionOf("colleague"), caller: sessionOf("caller") },
    ApiKey: { live: apiKey, agent: apiKey }
  }
  const { records, record } = await instance.run(makeRecords(made, allSamples, fromSigningIn).pipe(Effect.orDie))
  const named = (name: string) =>
    Object.fromEntries(
      Object.entries(records).flatMap(([entity, { [name]: id }]) => (id === undefined ? [] : [[entity, id] as const]))
    ) as Readonly<Record<string, string>>
  const inputs = Object.assign({}, ...allSamples.map(({ samples }) => samples.inputs(made, record))) as Readonly<
    Record<string, Body>
  >
  return {
    ...made,
    tokens,
    /** Every sample record, by entity and name. */
    records,
    record,
    /** The live record, and the deleted one, of each entity. */
    live: named("live"),
    deleted: named("deleted"),
    /** A body that each operation takes, by the operation's id; operations that are not here take none. */
    inputs,
    /** The record that takes an operation. */
    subjectOf: (route: Pick<Route, "id" | "path">) => record(entityOf(route).name, subjects[route.id]),
    incidents: records["Incident"]! as SampleRecords &
      Readonly<Record<IncidentState | "hidden" | "deleted" | "overridden", string>>,
    incidentIn: (state: IncidentState): Promise<string> => instance.run(incidentIn(made, state).pipe(Effect.orDie))
  }
}

export type Company = Awaited<ReturnType<typeof populate>>

/** Two organizations that know nothing of each other, and the operator of the platform. */
export const startWorld = async (store: Layer.Layer<Store.Store, unknown> = MemoryStore.layer) => {
  const instance = await startInstance(store)
  const acme = await populate(instance, "acme")
  const globex = await populate(instance, "globex")
  await foundPlatform(instance)
  return { ...instance, acme, globex, operator: await instance.signIn("operator@platform.example") }
}

export type World = Awaited<ReturnType<typeof startWorld>>
