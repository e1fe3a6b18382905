import { type Catalogue, type Command, Content, type Query, Service } from "@itsm/core/kernel"
import { collectionPath, partPath, type Place, placeOf, placeOfQuery, serviceKey } from "./resource/paths.ts"

/** How a method is called: its place, and what goes in and out where that is not JSON. */
export type DescribedOperation = readonly [
  method: string,
  path: string,
  form?: { readonly in?: "lines" | "parts"; readonly out?: "stream" | "bytes" }
]

/** What a client needs of a service while it runs. */
export interface DescribedService {
  /** Of the kind of record, where there is one. */
  readonly path?: string
  /** The field that names the record that a part belongs to, and where its parts are listed. */
  readonly partOf?: readonly [field: string, path: string]
  readonly operations: Readonly<Record<string, DescribedOperation>>
}

export type Descriptor = Readonly<Record<string, DescribedService>>

const operation = ({ method, path }: Place, form: NonNullable<DescribedOperation[2]>): DescribedOperation =>
  Object.keys(form).length === 0 ? [method, path] : [method, path, form]

const ofCommand = (command: Command.AnyCommand): DescribedOperation =>
  operation(placeOf(command), command.upload === undefined ? {} : { in: command.upload.kind })

const ofQuery = (query: Query.AnyQuery): DescribedOperation => {
  const out =
    Content.schemaOf(query.output) === undefined
      ? (query.output as Content.StreamOutput | Content.BytesOutput)
      : undefined
  return operation(placeOfQuery(query), {
    ...(query.upload === undefined ? {} : { in: query.upload.kind }),
    ...(out === undefined ? {} : { out: out.kind })
  })
}

const mapped = <A>(named: Readonly<Record<string, A>>, describe: (each: A) => DescribedOperation) =>
  Object.entries(named).map(([name, each]) => [name, describe(each)] as const)

/** The names and places of everything that a client can call, derived from the catalogue. */
export const descriptorOf = (catalogue: Catalogue.Catalogue): Descriptor => {
  const services = catalogue.services.map(({ serviceName, entity, commands, queries = {} }) => {
    const parent = entity.parent?.entity
    const service: DescribedService = {
      path: collectionPath(entity),
      ...(parent === undefined ? {} : { partOf: [entity.parent!.field, partPath(entity, parent)] as const }),
      operations: Object.fromEntries([...mapped(Service.called(commands), ofCommand), ...mapped(queries, ofQuery)])
    }
    return [serviceKey(serviceName), service] as const
  })
  const questions = catalogue.queryServices.map(
    ({ serviceName, queries }) =>
      [serviceKey(serviceName), { operations: Object.fromEntries(mapped(queries, ofQuery)) }] as const
  )
  return Object.fromEntries([...services, ...questions])
}
