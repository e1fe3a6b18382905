import { Schema } from "effect"
import type { AnyEntity, AnyRecord } from "../model/entity.ts"
import { type AnySchema, type FieldInfo, toInfo } from "../model/field.ts"
import { Id } from "../model/id.ts"
import { snakeCase } from "../model/text.ts"

type Shape = Readonly<Record<string, AnySchema>>
type Simplify<T> = { readonly [K in keyof T]: T[K] }

/** The fields of a view, and the id that every record has. */
export type Face<Name extends string, F extends Shape> = Simplify<
  { readonly id: Id<Name> } & { readonly [K in keyof F]: F[K]["Type"] }
>

/**
 * The face that a record shows to other modules: fields by name and type, without its entity. A module that knows the
 * view reads such records with `read.published` and reacts to what happens to them.
 */
export interface View<Name extends string = string, F extends Shape = Shape> {
  readonly "~published": "view"
  /** The name of the entity. */
  readonly entity: Name
  /** `team_member`: the first half of the names of its events. */
  readonly resource: string
  readonly fields: ReadonlyArray<FieldInfo>
  readonly schema: Schema.Codec<Face<Name, F>, any, never, never>
}

export type AnyView = View<any, any>
export type FaceOf<V extends AnyView> = V["schema"]["Type"]

/** Publishes fields of an entity, beside its id. The catalogue refuses a view that the entity does not bear out. */
export const view = <const Name extends string, const F extends Shape>(entity: Name, fields: F): View<Name, F> => {
  const all: Shape = { id: Id(entity), ...fields }
  return {
    "~published": "view",
    entity,
    resource: snakeCase(entity),
    fields: Object.entries(all).map(([name, schema]) => toInfo(name, schema)),
    schema: Schema.Struct(all).annotate({ identifier: `${entity}View` }) as unknown as View<Name, F>["schema"]
  }
}

/** The record as a view shows it. */
export const faceOf = <V extends AnyView>({ fields }: V, record: AnyRecord): FaceOf<V> =>
  Object.fromEntries(fields.map(({ name }) => [name, record[name]])) as FaceOf<V>

const sameText = (a: ReadonlyArray<string> | undefined, b: ReadonlyArray<string> | undefined) =>
  JSON.stringify(a) === JSON.stringify(b)

/** What a view says of its entity that is not so; empty where all of it is. */
export const misfits = ({ entity: name, fields }: AnyView, entity: AnyEntity | undefined): ReadonlyArray<string> => {
  if (entity === undefined) return [`The view of "${name}" shows an entity that there is not.`]
  return fields.flatMap((shown) => {
    const field = entity.field(shown.name)
    if (field === undefined) return [`The view of "${name}" shows "${shown.name}", which is no field of it.`]
    if (field.access === "secret") return [`The view of "${name}" shows "${shown.name}", which is a secret.`]
    const isSame =
      field.kind === shown.kind &&
      field.nullable === shown.nullable &&
      sameText(field.targets, shown.targets) &&
      sameText(field.literals, shown.literals)
    return isSame ? [] : [`The view of "${name}" shows "${shown.name}" as something else than it is.`]
  })
}
