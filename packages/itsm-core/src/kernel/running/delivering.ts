import { Clock, Effect, FiberSet } from "effect"
import { Delivery } from "../commands/delivery.ts"
import type { Held } from "../commands/held.ts"
import * as C from "../model/condition.ts"
import type { Completions } from "./completions.ts"
import type { KernelShape } from "./kernel.ts"
import { behind, lookAgainSoon, sortOut } from "./lanes.ts"
import type { Leases } from "./leases.ts"
import { Line } from "./line.ts"
import { attempt } from "./reacting.ts"
import { Bell, type Source } from "./slots.ts"

const batch = 500

export interface Means {
  readonly leases: Leases
  readonly completions: Completions
  readonly fibers: FiberSet.FiberSet
}

/**
 * Delivers events to reactions. One claim is for all reactions but those that have more waiting here than they can do
 * soon: each of these claims for itself, as it gets on, so that none keeps another from its turn.
 */
export const deliveries = (kernel: KernelShape, { leases, completions, fibers }: Means): Source => {
  const bell = new Bell()
  const lines = new Map<string, Line>()

  const lineOf = (name: string): Line => {
    let line = lines.get(name)
    if (line === undefined) lines.set(name, (line = new Line(name, kernel.catalogue.reaction(name))))
    return line
  }

  const giveBack = (held: Held<Delivery>, dueAt = held.current.dueAt) =>
    completions.end(held, { dueAt, leaseUntil: null })

  /** Delivers one after another; what comes after one that is not over is put off behind it. */
  const deliverAll = (line: Line, group: ReadonlyArray<Held<Delivery>>) =>
    Effect.gen(function* () {
      for (const [at, held] of group.entries()) {
        const since = yield* Clock.currentTimeMillis
        const { ending, beside, retryAt } = yield* attempt(kernel, line.reaction, held)
        line.took((yield* Clock.currentTimeMillis) - since)
        const written = yield* completions.end(held, ending, beside)
        const isOver = held.current.lane === null || (yield* written)
        line.held--
        if (retryAt === undefined && isOver) continue
        const rest = behind(group.slice(at + 1), retryAt ?? (yield* lookAgainSoon))
        for (const { held: later, dueAt } of rest) yield* giveBack(later, dueAt)
        line.held -= rest.length
        return
      }
    })

  const runner = (line: Line): Effect.Effect<void> =>
    Effect.gen(function* () {
      for (let group = line.waiting.shift(); group !== undefined; group = line.waiting.shift()) {
        yield* deliverAll(line, group)
        if (line.isBackedUp && line.held <= line.most / 2) bell.ring()
      }
    }).pipe(Effect.ensuring(Effect.sync(() => line.running--)))

  const begin = Effect.fnUntraced(function* (line: Line, groups: ReadonlyArray<ReadonlyArray<Held<Delivery>>>) {
    line.waiting.push(...groups)
    for (let free = Math.min(line.concurrency - line.running, line.waiting.length); free > 0; free--) {
      line.running++
      yield* FiberSet.run(fibers, runner(line))
    }
  })

  const accept = Effect.fnUntraced(function* (claimed: ReadonlyArray<Held<Delivery>>) {
    const taken: Array<Held<Delivery>> = []
    for (const held of claimed) {
      const line = lineOf(held.current.reaction)
      if (line.room > 0) {
        line.held++
        taken.push(held)
      } else {
        yield* giveBack(held)
      }
      if (line.room <= 0) line.isBackedUp = true
    }
    const ordered = taken.filter(({ current }) => current.lane !== null)
    const { ready, blocked } = ordered.length === 0 ? { ready: [], blocked: [] } : yield* sortOut(kernel, ordered)
    for (const { held, dueAt } of blocked) {
      lineOf(held.current.reaction).held--
      yield* giveBack(held, dueAt)
    }
    const groups = [...taken.filter(({ current }) => current.lane === null).map((held) => [held]), ...ready]
    for (const [name, each] of Map.groupBy(groups, (group) => group[0]!.current.reaction))
      yield* begin(lineOf(name), each)
    return taken.length - blocked.length
  })

  const step = Effect.gen(function* () {
    const backedUp = [...lines.values()].filter((line) => line.isBackedUp)
    const names = backedUp.map(({ name }) => name).toSorted()
    let begun = yield* accept(
      yield* leases.claim(
        Delivery,
        names.length === 0 ? C.always : { not: { field: "reaction", op: "in", value: names } },
        batch
      )
    )
    for (const line of backedUp) {
      const { room } = line
      if (room <= 0) continue
      const claimed = yield* leases.claim(Delivery, C.eq("reaction", line.name), room)
      line.isBackedUp = claimed.length === room
      begun += yield* accept(claimed)
    }
    return begun
  })

  return { step, bell }
}
