import type { Delivery } from "../commands/delivery.ts"
import type { Held } from "../commands/held.ts"
import type { Reaction } from "./reacting.ts"

/** As much as this process can do in so many milliseconds is held here; the rest is left to others. */
const soonMs = 1000
const mostHeld = 500
const supposedMs = 25

/** The deliveries to one reaction that this process holds. */
export class Line {
  readonly name: string
  readonly reaction: Reaction | undefined
  /** Deliveries that run one after another. */
  readonly waiting: Array<ReadonlyArray<Held<Delivery>>> = []
  running = 0
  held = 0
  /** More of them were due than could be held here. */
  isBackedUp = false
  private averageMs = supposedMs

  constructor(name: string, reaction: Reaction | undefined) {
    this.name = name
    this.reaction = reaction
  }

  get concurrency(): number {
    return this.reaction?.concurrency ?? 1
  }

  /** How many may be held: at least one for each that can run. */
  get most(): number {
    const soon = Math.floor((this.concurrency * soonMs) / Math.max(this.averageMs, 1))
    return Math.min(Math.max(soon, this.concurrency), Math.max(mostHeld, this.concurrency))
  }

  get room(): number {
    return this.most - this.held
  }

  took(ms: number): void {
    this.averageMs += (ms - this.averageMs) / 8
  }
}
