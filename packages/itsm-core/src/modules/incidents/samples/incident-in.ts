import { Effect } from "effect"
import type { Company } from "../../../testing/company.ts"
import type { Actor, Id } from "../../../kernel/index.ts"
import { Incidents, type lifecycle } from "../index.ts"

export type IncidentState = (typeof lifecycle)["states"][number]

/**
 * An incident that the caller reported, in this state; what is neither new nor assigned is in the hands of the desk. All
 * that leads there is done by the administrator.
 */
export const incidentIn = (
  { people, teams, as }: Company,
  state: IncidentState,
  categoryId: Id.Id<"Category"> | null = null
) =>
  Effect.gen(function* () {
    const incidents = yield* Incidents
    const isUntouched = state === "new" || state === "assigned"
    const { id } = yield* incidents.open({
      title: `Mail is ${state}`,
      requesterId: people.caller,
      categoryId,
      ...(isUntouched ? {} : { teamId: teams.desk })
    })
    const resolve = incidents.resolve(id, { resolutionCode: "fixed", resolutionNotes: "The cable was loose." })
    const ways: Readonly<Record<IncidentState, ReadonlyArray<Effect.Effect<unknown, unknown, Actor.CurrentActor>>>> = {
      new: [],
      assigned: [incidents.assign(id, { teamId: teams.desk })],
      in_progress: [incidents.start(id)],
      pending: [incidents.start(id), incidents.hold(id, { pendingReason: "other" })],
      resolved: [resolve],
      closed: [resolve, incidents.close(id)],
      cancelled: [incidents.cancel(id, { cancelReason: "withdrawn" })]
    }
    for (const step of ways[state]) yield* step
    return id
  }).pipe(as("admin"))
