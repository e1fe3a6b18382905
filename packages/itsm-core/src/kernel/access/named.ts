import { Effect } from "effect"
import type { Actor } from "./actor.ts"
import * as C from "../model/condition.ts"
import { misfits, namedIn } from "../model/condition-input.ts"
import { type AnyEntity, notDeleted } from "../model/entity.ts"
import type { InputProblem } from "../model/errors.ts"
import { type GivenCondition, missingReference, type Reference, type References } from "../model/references.ts"
import type { KernelShape } from "../running/kernel.ts"
import type { Probe } from "../storage/store.ts"
import { readingMask } from "./mask.ts"
import { mayEver, readPermission, visible } from "./policy.ts"

/** How many records are asked for in one question to the store. */
const batch = 100

const numbers = new WeakMap<Actor, number>()
let lastNumber = 0

/** One number for each actor as they were read: with other grants, the same person sees other records. */
const numberOf = (actor: Actor): number => {
  const known = numbers.get(actor)
  if (known !== undefined) return known
  numbers.set(actor, ++lastNumber)
  return lastNumber
}

/** Which of the records are there for the actor. */
const areThere = (
  kernel: KernelShape,
  actor: Actor,
  probes: ReadonlyArray<Probe>
): Effect.Effect<ReadonlyArray<boolean>> => {
  const reach = { organizationId: actor.organizationId }
  const batches = Array.from({ length: Math.ceil(probes.length / batch) }, (_, at) =>
    probes.slice(at * batch, (at + 1) * batch)
  )
  return Effect.map(
    Effect.forEach(batches, (each) => kernel.store.exists(reach, each)),
    (answers) => answers.flat()
  )
}

/** True where both a new record and a changed one make readers forget what they know of its kind. */
const isRemembered = ({ remembered }: AnyEntity) => remembered !== undefined && remembered.onlyChanges !== true

/** The same of people, teams and other configuration, whose answers are remembered. */
const isThereRecently = (kernel: KernelShape, actor: Actor, probe: Probe): Effect.Effect<boolean> =>
  kernel.recent.get(
    actor.organizationId,
    `reference ${probe.entity.name} ${numberOf(actor)}`,
    Effect.map(areThere(kernel, actor, [probe]), ([found]) => found === true),
    { about: probe.id }
  )

/** Those references that name no record that the actor may see. */
export const missing = Effect.fnUntraced(function* (
  kernel: KernelShape,
  actor: Actor,
  references: ReadonlyArray<Reference>
): Effect.fn.Return<ReadonlyArray<Reference>> {
  const probes = new Map<string, Probe>()
  const keyOf = (target: string, id: string) => `${target} ${id}`
  const conditions = new Map<string, C.Condition>()
  for (const { targets, id } of references) {
    for (const target of targets) {
      const entity = kernel.catalogue.entities.get(target)
      if (entity === undefined || (target === "User" && id === actor.id)) continue
      let where = conditions.get(target)
      if (where === undefined) conditions.set(target, (where = C.all([visible(actor, entity), notDeleted(entity)])))
      probes.set(keyOf(target, id), { entity, id, where })
    }
  }
  if (probes.size === 0) return []
  const entries = [...probes]
  const [settled, asked] = [
    entries.filter(([, { entity }]) => isRemembered(entity)),
    entries.filter(([, { entity }]) => !isRemembered(entity))
  ]
  const [remembered, read] = yield* Effect.all(
    [
      Effect.forEach(settled, ([, probe]) => isThereRecently(kernel, actor, probe), { concurrency: "unbounded" }),
      asked.length === 0
        ? Effect.succeed([])
        : areThere(
            kernel,
            actor,
            asked.map(([, probe]) => probe)
          )
    ],
    { concurrency: 2 }
  )
  const there = new Set([
    ...settled.filter((_, at) => remembered[at] === true).map(([key]) => key),
    ...asked.filter((_, at) => read[at] === true).map(([key]) => key)
  ])
  const isOneself = (target: string, id: string) => target === "User" && id === actor.id
  return references.filter(
    ({ targets, id }) => !targets.some((target) => isOneself(target, id) || there.has(keyOf(target, id)))
  )
})

/** What a condition decides by can be told from what it does: it asks only for what its author may read everywhere. */
const mayAsk = (actor: Actor, entity: AnyEntity, name: string): boolean =>
  mayEver(actor, readPermission(entity)) && (readingMask(actor, entity)?.everywhere.has(name) ?? true)

/** What of a condition on the records of an entity its author cannot ask, or names without seeing it. */
export const conditionProblems = (
  kernel: KernelShape,
  actor: Actor,
  entity: AnyEntity,
  condition: C.Condition,
  pointer: string
): Effect.Effect<ReadonlyArray<InputProblem>> => {
  const problems = misfits(entity.field, condition, pointer, (name) => mayAsk(actor, entity, name))
  if (problems.length > 0) return Effect.succeed(problems)
  return Effect.map(missing(kernel, actor, namedIn(entity.field, condition, pointer)), (gone) =>
    gone.map((reference) => missingReference(reference.pointer))
  )
}

const problemsOf = (kernel: KernelShape, actor: Actor, { about, condition, pointer }: GivenCondition) => {
  const entity = kernel.catalogue.entities.get(about)
  return entity === undefined
    ? Effect.die(new Error(`No entity "${about}" is known.`))
    : conditionProblems(kernel, actor, entity, condition, pointer)
}

/** What the ids and conditions of a decoded input name that is not there for the actor. */
export const problemsIn = Effect.fnUntraced(function* (
  kernel: KernelShape,
  actor: Actor,
  { find }: References,
  input: unknown
): Effect.fn.Return<ReadonlyArray<InputProblem>> {
  const { references, conditions } = find(input)
  if (references.length + conditions.length === 0) return []
  const gone = yield* missing(kernel, actor, references)
  const unfit = yield* Effect.forEach(conditions, (each) => problemsOf(kernel, actor, each))
  return [...gone.map((reference) => missingReference(reference.pointer)), ...unfit.flat()]
})
