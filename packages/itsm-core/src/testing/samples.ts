import { Effect, type Layer } from "effect"
import type { Catalogue } from "../kernel/index.ts"
import type * as Itsm from "../itsm.ts"
import type { Company } from "./company.ts"

/**
 * Records of one entity, by the names that the matrix of access gives them. `live` is one that every operation may be
 * tried on; `deleted` is one that was deleted, where the entity can be.
 */
export interface SampleRecords {
  readonly live: string
  readonly [name: string]: string | undefined
}

/** Sample records by the name of their entity. */
export type AllRecords = Readonly<Record<string, SampleRecords>>

/** The id of a sample record that has been made: `record("Incident", "assigned")`; `live` where no name is given. */
export type FindRecord = (entity: string, name?: string) => string

export type Body = Readonly<Record<string, unknown>>

/**
 * What a module ships for the tests that hold for every module: records of each of its entities, one input for each of
 * its operations, and its rows of the matrix of access.
 */
export interface Samples<R = Layer.Success<typeof Itsm.layer>> {
  /** Makes the records by the module's own commands. Those of the modules before it in the catalogue are there. */
  readonly records: (company: Company, record: FindRecord) => Effect.Effect<AllRecords, unknown, R>
  /** A body that each operation takes, by the operation's id; operations that are not here take none. */
  readonly inputs: (company: Company, record: FindRecord) => Readonly<Record<string, Body>>
  /** The name of the record that takes an operation, where it is not the live one: `{ "incidents.close": "resolved" }`. */
  readonly subjects?: Readonly<Record<string, string>>
  /**
   * What has to stand beside an id in an input, by operation, field, and the entity that the id is one of:
   * `{ "userRoles.create": { scopeId: { Team: { scopeType: "team" } } } }`. A field whose schema does not say of which
   * kind its ids are is found here alone.
   */
  readonly references?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Body>>>>>>
  /** Fields that are the system's, and that an operation lets its caller give all the same. */
  readonly callersOwn?: Readonly<Record<string, ReadonlyArray<string>>>
  /** The rows of the matrix of access for the routes of the module: see `accessRows`. */
  readonly access: string
}

/** The samples of a module of the product: they stand in its folder. */
const shippedBy = async (name: string): Promise<Samples> => {
  const { samples } = (await import(`../modules/${name}/samples/index.ts`).catch((cause: unknown) => {
    throw new Error(`The module "${name}" ships no samples in modules/${name}/samples/index.ts.`, { cause })
  })) as { readonly samples: Samples }
  return samples
}

/** The samples of modules of the product, in their order. */
export const samplesOf = (modules: ReadonlyArray<Catalogue.Module>): Promise<ReadonlyArray<ModuleSamples>> =>
  Promise.all(modules.map(async ({ name }) => ({ name, samples: await shippedBy(name) })))

export interface ModuleSamples {
  readonly name: string
  readonly samples: Samples
}

/** The records of several modules in one organization, and how one is found. */
export const makeRecords = Effect.fnUntraced(function* (
  company: Company,
  all: ReadonlyArray<ModuleSamples>,
  more: AllRecords = {}
) {
  const records = new Map(Object.entries(more))
  const record: FindRecord = (entity, name = "live") => {
    const id = records.get(entity)?.[name]
    if (id === undefined) throw new Error(`No module has a sample "${name}" of ${entity}.`)
    return id
  }
  for (const { samples } of all)
    for (const [entity, made] of Object.entries(yield* samples.records(company, record)))
      records.set(entity, { ...records.get(entity), ...made })
  return { records: Object.fromEntries(records) as AllRecords, record }
})
