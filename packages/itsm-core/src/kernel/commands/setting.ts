import { Result } from "effect"
import * as Entity from "../model/entity.ts"
import type { AnySetting, DraftOf } from "../model/entity.ts"
import type { ErrorClasses, GuardFailed, StateConflict } from "../model/errors.ts"
import type { Access, AnyField, Field } from "../model/field.ts"
import * as Command from "./command.ts"

/** Fields that all have an initial value: it holds until the organization sets another. */
type Initialized = Readonly<Record<string, Field<any, Access, true>>>

/**
 * Defines what an organization decides once for all. It needs no row: where none is, the initial values hold, at version
 * 0, in every organization that there is. The first replacement stores it.
 */
export const define = <const Name extends string, const F extends Initialized>(
  name: Name,
  definition: { readonly plural: string; readonly fields: F }
): Entity.Entity<Name, F, "setting"> => {
  for (const [field, { initial }] of Object.entries<AnyField>(definition.fields))
    if (initial === undefined) throw new Error(`The setting ${name}.${field} has no initial value.`)
  return Entity.define(name, { ...definition, role: "setting" })
}

interface Rules<E extends AnySetting, In, Err, L extends ErrorClasses> {
  /** One sentence: what is true afterwards. */
  readonly description: string
  /** Where not every field may be left out. */
  readonly input?: Command.Codec<In>
  /** What the check refuses with, beside what every command does. */
  readonly errors?: L
  /** May refuse the setting as it would be. */
  readonly check?: (after: DraftOf<E>) => Result.Result<void, Err>
}

/** `PUT`: the setting as a whole; what is left out takes its initial value. */
export const replace = <
  E extends AnySetting,
  In extends object = Partial<DraftOf<E>>,
  Err = never,
  const L extends ErrorClasses = readonly []
>(
  entity: E,
  rules: Rules<E, In, Err, L> & Command.Lists<Err, L>
) => {
  const { check = () => Result.void }: Rules<E, In, Err, L> = rules
  const spec: Command.ActionSpec<E, In, unknown, never, Err, never> = {
    description: rules.description,
    input: rules.input ?? (entity.create as unknown as Command.Codec<In>),
    permission: `${entity.resource}.update`,
    ...(rules.errors === undefined ? {} : { errors: rules.errors }),
    decide: (setting, given) => {
      const after = entity.make(given as DraftOf<E>) as DraftOf<E>
      return Result.map(check(after), () => ({ change: { ...setting, ...after } }))
    }
  }
  return Command.replace(
    entity,
    "replace",
    spec as typeof spec & Command.Lists<Err, ErrorClasses, StateConflict | GuardFailed>
  )
}
