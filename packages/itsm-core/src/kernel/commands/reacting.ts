import { Effect, Option, Result } from "effect"
import type { Catalogue } from "../running/catalogue.ts"
import type { AnyRecord } from "../model/entity.ts"
import { DepthExceeded } from "../model/errors.ts"
import type { Reader } from "../storage/reader.ts"
import { type Cause, maxDepth } from "./cause.ts"
import { type ChangeSet, type ChangeSetError, isChangeSetError } from "./change-set.ts"
import type { Moment } from "./command.ts"
import type { Event } from "./event.ts"
import { faceOf } from "./published.ts"
import type { InsideReaction } from "./reaction.ts"

/** An event of a commit, with its place in the chain of those that led to one another. */
export interface Raised {
  readonly id: string
  readonly event: Event
  readonly causationId: string | null
  readonly depth: number
}

interface Around {
  readonly catalogue: Catalogue
  readonly set: ChangeSet
  readonly read: Reader
  readonly moment: Moment
  readonly freshId: () => string
}

/** Adds to a change set, where those who add to it may disagree. */
export const adding = (add: () => void): Effect.Effect<void, ChangeSetError> =>
  Effect.suspend(() =>
    Effect.fromResult(
      Result.try({
        try: add,
        catch: (error) => {
          if (isChangeSetError(error)) return error
          throw error
        }
      })
    )
  )

/** The events of a round: registered, about a record that the set knows, and not too deep. */
const admit = Effect.fnUntraced(function* (
  { catalogue, set, read, freshId }: Around,
  events: ReadonlyArray<Event>,
  causationId: string | null,
  depth: number
) {
  const raised: Array<Raised> = []
  for (const event of events) {
    const definition = catalogue.events.get(event.type)
    if (definition === undefined) return yield* Effect.die(new Error(`No module publishes the event "${event.type}".`))
    if (depth > maxDepth) return yield* new DepthExceeded({ event: event.type, depth })
    const entity = catalogue.entities.get(event.subject.entity)!
    if (set.after(entity, event.subject.id) === undefined) {
      const stored = Option.getOrUndefined(yield* read.get(entity, event.subject.id)) as AnyRecord | undefined
      if (stored === undefined)
        return yield* Effect.die(new Error(`The event "${event.type}" is about a ${entity.name} that there is not.`))
      set.mention(entity, stored)
    }
    raised.push({ id: freshId(), event, causationId, depth })
  }
  return raised
})

/** The addition of one reaction to one event. */
const answer = ({ catalogue, set, read, moment }: Around, raised: Raised, reaction: InsideReaction) => {
  const { view } = reaction.event
  const { data, subject } = raised.event
  const entity = catalogue.entities.get(subject.entity)!
  const before = set.before(entity, subject.id)
  const facts = {
    data,
    before: before === undefined ? undefined : faceOf(view, before),
    after: faceOf(view, set.after(entity, subject.id)!)
  }
  return Effect.map(reaction.react(facts, read, moment), (addition) => ({ raised, reaction, addition }))
}

/**
 * Lets the reactions of the same commit answer the events, and those that these raise, round by round. The reactions of
 * one round gather side by side, and each knows the records as the round before left them. Afterwards the set is whole;
 * returns all events.
 */
export const react = Effect.fnUntraced(function* (around: Around, events: ReadonlyArray<Event>, cause: Cause) {
  const { catalogue, set } = around
  const all: Array<Raised> = []
  let round: ReadonlyArray<Raised> = yield* admit(around, events, cause.causationId, cause.depth)
  while (round.length > 0) {
    all.push(...round)
    const asked = round.flatMap((raised) =>
      catalogue.inside(raised.event.type).map((reaction) => answer(around, raised, reaction))
    )
    if (asked.length === 0) break
    const answers = yield* Effect.all(asked, { concurrency: "unbounded" })
    const next: Array<Raised> = []
    for (const { raised, reaction, addition } of answers) {
      const { event } = raised
      yield* adding(() => {
        const entity = catalogue.entities.get(event.subject.entity)!
        if (addition.change !== undefined) set.amend(entity, event.subject.id, addition.change, reaction.name)
        set.plan(addition.also ?? [], addition.timers ?? [], reaction.name)
      })
      next.push(...(yield* admit(around, addition.events ?? [], raised.id, raised.depth + 1)))
    }
    round = next
  }
  yield* adding(() => set.settle())
  return all
})
