import { Effect } from "effect"
import { Instant, type Kernel, Worker } from "@itsm/core/kernel"
import type { Incident, Incidents } from "@itsm/core/incidents"
import { type Account, people } from "./cast.ts"
import { type Dice, dice as diceOf, type PastClock } from "./past.ts"
import { type End, type Roles, plots } from "./plot.ts"
import type { Scene } from "./scene.ts"
import { troubles } from "./troubles.ts"

/** How many incidents end in which state. */
const counts: Readonly<Record<End, number>> = {
  new: 16,
  assigned: 14,
  in_progress: 20,
  pending: 12,
  resolved: 14,
  closed: 30,
  cancelled: 8
}

/** Days between the beginning of a story and today, by its end: what is closed by itself has lain for a week before. */
const ages: Readonly<Record<End, readonly [number, number]>> = {
  new: [0.02, 2],
  assigned: [0.1, 4],
  in_progress: [0.3, 9],
  pending: [0.5, 12],
  resolved: [0.4, 3],
  closed: [14, 45],
  cancelled: [1, 40]
}

const hourMs = 3_600_000
const callers = people.filter(({ role }) => role === "end_user").map(({ account }) => account)

interface Scheduled {
  readonly at: number
  readonly run: Effect.Effect<unknown, unknown, Incidents>
}

/** The end user that one can sign in as has every third incident. */
const callerOf = (index: number, dice: Dice): Account => (index % 3 === 0 ? "user" : dice.pick(callers))

/** The same day between seven and four, where that is not to come yet. */
const atWork = (moment: number, now: number, dice: Dice): number => {
  const midnight = Math.floor(moment / Instant.dayMs) * Instant.dayMs
  const working = midnight + dice.between(7, 16) * hourMs
  return now - working > Instant.dayMs ? working : moment
}

const story = (scene: Scene, dice: Dice, end: End, index: number, now: number): ReadonlyArray<Scheduled> => {
  const { open, towards } = plots(scene, dice)
  const trouble = dice.pick(troubles)
  const roles: Roles = {
    trouble,
    caller: callerOf(index, dice),
    agent: dice.pick(scene.members(trouble.team)),
    byPhone: dice.roll() < 0.3
  }
  const steps = towards(end, roles, Instant.fromEpochMs(now + 20 * hourMs))
  const begin = atWork(now - dice.between(...ages[end]) * Instant.dayMs, now, dice)
  const wantedMs = steps.reduce((sum, step) => sum + step.afterHours, 0) * hourMs
  // what would not be over by now happens faster
  const pace = Math.min(1, ((now - begin) * 0.95) / Math.max(1, wantedMs))
  let id: Incident["id"] | undefined
  let at = begin
  return [
    { at, run: Effect.map(open(roles), (made) => void (id = made)) },
    ...steps.map((step) => ({ at: (at += step.afterHours * hourMs * pace), run: Effect.suspend(() => step.run(id!)) }))
  ]
}

/** Lets some weeks pass in the organization, up to `now`: what was due meanwhile has been done. */
export const play = (
  scene: Scene,
  clock: PastClock,
  now: number,
  seed: number
): Effect.Effect<void, unknown, Incidents | Kernel.Kernel> =>
  Effect.gen(function* () {
    const dice = diceOf(seed)
    const ends = Object.entries(counts).flatMap(([end, count]) => Array.from({ length: count }, () => end as End))
    const scheduled = ends.flatMap((end, index) => story(scene, dice, end, index, now)).toSorted((a, b) => a.at - b.at)
    for (const { at, run } of scheduled) {
      clock.moveTo(Math.floor(at))
      yield* Worker.drain
      yield* run
    }
    clock.moveTo(now)
    yield* Worker.drain
  })
