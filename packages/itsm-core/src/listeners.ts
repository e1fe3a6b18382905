import { Effect } from "effect"
import type { modules } from "./catalogue.ts"
import { type Catalogue, type Event, Reaction } from "./kernel/index.ts"

type Definition = Pick<Event.EventDefinition, "type" | "data">
type Within<P> = { [K in keyof P]: P[K] extends Definition ? P[K] : never }[keyof P]
/** The events of a `published.ts`, single or in groups. */
type EventsIn<P> = Within<P> | { [K in keyof P]: P[K] extends Definition ? never : Within<P[K]> }[keyof P]
type EventsOf<M> = M extends { readonly published: infer P } ? EventsIn<P> : never

/** Something that happened, as its listeners are told. */
export type Happened<T extends string = string, D = unknown> = Omit<Reaction.Delivered["event"], "type" | "data"> & {
  readonly type: T
  readonly data: D
}

// as a method: whoever knows the event may say what its data is
type Listener<H> = { listen(event: H): void | Promise<void> }["listen"]

/**
 * What is to be called when something has happened, by the type of the event. It is called after the commit, from the
 * outbox, by whoever drains it: at least once, and again where it fails, so it goes by the event's `id`.
 */
export type Listeners = {
  readonly [E in EventsOf<(typeof modules)[number]> as E["type"]]?: Listener<Happened<E["type"], E["data"]["Type"]>>
} & { readonly [type: `${string}.v${number}`]: Listener<Happened> | undefined }

const calling = (type: string, listener: Listener<Happened>) =>
  Reaction.after({ type } as Event.EventDefinition, {
    name: `listeners.${type}`,
    react: (_, { event }) =>
      Effect.tryPromise({ try: async () => listener(event as Happened), catch: (error) => error })
  })

/** Listeners as a module: each is a reaction after the commit. */
export const listening = (on: Listeners): Catalogue.Module => ({
  name: "listeners",
  services: [],
  after: Object.entries(on as Readonly<Record<string, Listener<Happened> | undefined>>).flatMap(([type, listener]) =>
    listener === undefined ? [] : [calling(type, listener)]
  )
})
