import type { EventDefinition } from "../commands/event.ts"
import type { AnyView } from "../commands/published.ts"
import type { Module } from "./catalogue.ts"

type Publications = Readonly<Record<string, unknown>>

const markOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "~published" in value ? value["~published"] : undefined

const isView = (value: unknown): value is AnyView => markOf(value) === "view"
const isEvent = (value: unknown): value is EventDefinition => markOf(value) === "event"

/** What a `published.ts` holds: views and events, single or in groups such as `Event.crud` makes. */
const membersOf = (published: Publications): ReadonlyArray<unknown> =>
  Object.values(published).flatMap((value) =>
    isView(value) || isEvent(value) || typeof value !== "object" || value === null ? [value] : Object.values(value)
  )

/** The events that a module publishes. */
export const eventsOf = ({ published }: Module): ReadonlyArray<EventDefinition> =>
  membersOf(published ?? {}).filter(isEvent)

/** The views that a module publishes, and those that its events are about. */
export const viewsOf = (module: Module): ReadonlyArray<AnyView> => [
  ...membersOf(module.published ?? {}).filter(isView),
  ...eventsOf(module).map(({ view }) => view)
]

/** Everything that the modules publish. */
export const registryOf = (
  modules: ReadonlyArray<Module>
): { readonly events: ReadonlyMap<string, EventDefinition>; readonly views: ReadonlyArray<AnyView> } => ({
  events: new Map(modules.flatMap(eventsOf).map((event) => [event.type, event])),
  views: [...new Set(modules.flatMap(viewsOf))]
})
