import { Effect } from "effect"
import type { Actor } from "../access/actor.ts"
import type { StoreShape } from "./store.ts"

const blockSize = 50

/** Hands out record numbers from blocks that are reserved for this process: no create waits for another one. */
export interface Numbers {
  /** The next number as `INC-000123`. */
  readonly next: (actor: Actor, prefix: string) => Effect.Effect<string>
}

export const make = (store: StoreShape): Numbers => {
  const blocks = new Map<string, { next: number; end: number }>()
  const take = (key: string): number | undefined => {
    const block = blocks.get(key)
    return block !== undefined && block.next < block.end ? block.next++ : undefined
  }
  return {
    next: Effect.fnUntraced(function* (actor: Actor, prefix: string) {
      const key = `${actor.organizationId} ${prefix}`
      let number = take(key)
      if (number === undefined) {
        const first = yield* store.reserveNumbers({ organizationId: actor.organizationId }, prefix, blockSize)
        number = take(key)
        if (number === undefined) {
          blocks.set(key, { next: first + 1, end: first + blockSize })
          number = first
        }
      }
      return `${prefix}-${String(number).padStart(6, "0")}`
    })
  }
}
