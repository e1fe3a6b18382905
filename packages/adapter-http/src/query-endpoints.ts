import { type Catalogue, Content, Errors, type Query } from "@itsm/core/kernel"
import { mayBeLeftOut } from "./body.ts"
import { type Endpoint, jsonTypes, pathParameters, type RequestBody, type Response } from "./endpoint.ts"
import { InvalidParameter, MalformedBody } from "./refusal.ts"
import { placeOfQuery, serviceKey } from "./resource/paths.ts"
import * as QueryCall from "./resource/query-call.ts"
import { parametersOf } from "./resource/text-input.ts"

/** What reading a body as it comes can give. */
export const uploadErrors = [Errors.PayloadTooLarge, MalformedBody] as const

/** A body that is read as it comes. */
export const uploadBody = ({ schema, mediaType, maxBytes }: Content.Upload<unknown>): RequestBody => ({
  schema,
  required: true,
  mediaTypes: [mediaType],
  maxBytes,
  isStreamed: true
})

const bodyOf = (query: Query.AnyQuery): RequestBody | undefined => {
  if (query.upload !== undefined) return uploadBody(query.upload)
  return query.takesBody
    ? { schema: query.input, required: !mayBeLeftOut(query.decode), mediaTypes: jsonTypes }
    : undefined
}

const responseOf = ({ output }: Query.AnyQuery): Response => {
  const schema = Content.schemaOf(output)
  return schema === undefined
    ? { kind: "content", mediaType: (output as Content.StreamOutput).mediaType }
    : { kind: "schema", schema }
}

/** The endpoint of a query, which follows from the query alone. */
export const queryEndpoint = (query: Query.AnyQuery, id: string, tag: string): Endpoint => {
  const { method, path, status } = placeOfQuery(query)
  return {
    id,
    tag,
    method,
    path,
    summary: query.description,
    access: query.access,
    ...(query.bearer === undefined ? {} : { bearer: query.bearer }),
    permission: query.permission,
    params: pathParameters(path),
    query: query.takesBody ? [] : parametersOf(query.input),
    body: bodyOf(query),
    response: responseOf(query),
    status,
    errors: [
      ...(query.permission === null ? [] : [Errors.PermissionDenied]),
      ...(query.place === "record" ? [Errors.NotFound] : []),
      ...(query.takesBody ? [Errors.ValidationFailed] : [InvalidParameter]),
      ...(query.upload === undefined ? [] : uploadErrors),
      ...query.errors
    ],
    run: QueryCall.run(query)
  }
}

/** The questions about nothing in particular that the modules bring. */
export const questionsOf = ({ modules }: Catalogue.Catalogue): ReadonlyArray<Endpoint> =>
  modules.flatMap((module) =>
    (module.queries ?? []).flatMap(({ serviceName, queries }) =>
      Object.entries(queries).map(([name, query]) =>
        queryEndpoint(query, `${serviceKey(serviceName)}.${name}`, module.name)
      )
    )
  )
