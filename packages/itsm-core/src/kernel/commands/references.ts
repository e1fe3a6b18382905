import { Effect } from "effect"
import type { Actor } from "../access/actor.ts"
import { visible } from "../access/policy.ts"
import * as C from "../model/condition.ts"
import { type AnyEntity, notDeleted } from "../model/entity.ts"
import { ValidationFailed } from "../model/errors.ts"
import { missingReference } from "../model/input.ts"
import type { KernelShape } from "../running/kernel.ts"
import type { Probe } from "../storage/store.ts"
import type { Command } from "./command.ts"

interface Given {
  readonly field: string
  readonly probe: Probe
}

const numbers = new WeakMap<Actor, number>()
let lastNumber = 0

/** One number for each actor as they were read: with other grants, the same person sees other records. */
const numberOf = (actor: Actor): number => {
  const known = numbers.get(actor)
  if (known !== undefined) return known
  numbers.set(actor, ++lastNumber)
  return lastNumber
}

/** Which references name a record that the actor may see. The answers about people, teams and other configuration are remembered. */
const areThere = (
  kernel: KernelShape,
  actor: Actor,
  given: ReadonlyArray<Given>
): Effect.Effect<ReadonlyArray<boolean>> => {
  const reach = { organizationId: actor.organizationId }
  const ask = ({ probe }: Given) => {
    const asked = Effect.map(kernel.store.exists(reach, [probe]), ([found]) => found === true)
    const key = `reference ${probe.entity.name} ${numberOf(actor)}`
    return probe.entity.isConfiguration
      ? kernel.recent.get(actor.organizationId, key, asked, { about: probe.id })
      : asked
  }
  return Effect.forEach(given, ask, { concurrency: "unbounded" })
}

/** The input of a command, where it is well formed and names only records that the actor may use. */
export const readInput = Effect.fnUntraced(function* <In>(
  kernel: KernelShape,
  actor: Actor,
  command: Pick<Command<AnyEntity, In, unknown, AnyEntity>, "decode" | "references">,
  raw: unknown
) {
  const input = yield* Effect.fromResult(command.decode(raw))
  const given = command.references.flatMap(({ field, target }) => {
    const id = (input as Readonly<Record<string, unknown>>)[field]
    const entity = kernel.catalogue.entities.get(target)
    const isOneself = target === "User" && id === actor.id
    return typeof id === "string" && entity !== undefined && !isOneself
      ? [{ field, probe: { entity, id, where: C.all([visible(actor, entity), notDeleted]) } }]
      : []
  })
  if (given.length === 0) return input
  const found = yield* areThere(kernel, actor, given)
  const errors = given.filter((_, index) => found[index] !== true).map((reference) => missingReference(reference.field))
  return errors.length === 0 ? input : yield* new ValidationFailed({ errors })
})
