import type { EventDefinition } from "../commands/event.ts"
import { type AnyView, misfits } from "../commands/published.ts"
import type { AnyEntity } from "../model/entity.ts"

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

/** Everything that the modules publish. Throws where an event has two definitions, or a view is not borne out. */
export const registryOf = (
  publications: ReadonlyArray<Publications>,
  entities: ReadonlyMap<string, AnyEntity>
): { readonly events: ReadonlyMap<string, EventDefinition>; readonly views: ReadonlyArray<AnyView> } => {
  const members = publications.flatMap(membersOf)
  const events = new Map<string, EventDefinition>()
  for (const event of members.filter(isEvent)) {
    const known = events.get(event.type)
    if (known !== undefined && known !== event) throw new Error(`Two events are called "${event.type}".`)
    events.set(event.type, event)
  }
  const views = [...new Set([...members.filter(isView), ...[...events.values()].map(({ view }) => view)])]
  const problems = views.flatMap((view) => misfits(view, entities.get(view.entity as string)))
  if (problems.length > 0) throw new Error(problems.join("\n"))
  return { events, views }
}
