import { Effect } from "effect"
import { Actor, type Instant } from "@itsm/core/kernel"
import { type Incident, Incidents } from "@itsm/core/incidents"
import type { Account } from "./cast.ts"
import type { Dice } from "./past.ts"
import type { Scene } from "./scene.ts"
import type { Trouble } from "./troubles.ts"

/** Who plays in the story of one incident. */
export interface Roles {
  readonly trouble: Trouble
  readonly caller: Account
  readonly agent: Account
  /** Told to an agent, who writes it down; else the caller writes themselves. */
  readonly byPhone: boolean
}

/** One thing that someone does, so many hours after the one before it. */
export interface Step {
  readonly afterHours: number
  readonly run: (id: Incident["id"]) => Effect.Effect<unknown, unknown, Incidents>
}

/** The state that a story leads to. */
export type End = Incident["state"]

/** How the stories of incidents go on in one organization. */
export const plots = (scene: Scene, dice: Dice) => {
  const by = (
    account: Account,
    afterHours: number,
    act: (
      incidents: typeof Incidents.Service,
      id: Incident["id"]
    ) => Effect.Effect<unknown, unknown, Actor.CurrentActor>
  ): Step => ({
    afterHours,
    run: (id) => Incidents.use((incidents) => act(incidents, id)).pipe(Actor.provide(scene.actor(account)))
  })
  const comment = (account: Account, body: string, visibility: "public" | "internal") =>
    by(account, dice.between(0.2, 3), (incidents, id) => incidents.addComment(id, { body, visibility }))

  const open = ({ trouble, caller, agent, byPhone }: Roles): Effect.Effect<Incident["id"], unknown, Incidents> => {
    const { title, description, urgency, impact, category, subcategory } = trouble
    const said = {
      title,
      description,
      urgency,
      categoryId: scene.category(category),
      subcategoryId: scene.subcategory(category, subcategory)
    }
    const input = byPhone
      ? { ...said, impact, requesterId: scene.actor(caller).id!, source: "phone" as const }
      : { ...said, source: dice.pick(["portal", "email"] as const) }
    return Effect.map(
      Incidents.use((incidents) => incidents.open(input)).pipe(Actor.provide(scene.actor(byPhone ? agent : caller))),
      ({ id }) => id
    )
  }

  const assigned = ({ trouble, agent }: Roles): ReadonlyArray<Step> => {
    const teamId = scene.team(trouble.team)
    const toPerson = dice.roll() < 0.7
    const dispatch = by("admin", dice.between(0.1, 4), (incidents, id) =>
      incidents.assign(id, toPerson ? { teamId, assigneeId: scene.actor(agent).id! } : { teamId })
    )
    const acknowledged = by(agent, dice.between(0.1, 1), (incidents, id) => incidents.acknowledge(id))
    return dice.roll() < 0.5 ? [dispatch, acknowledged] : [dispatch]
  }

  const started = (roles: Roles): ReadonlyArray<Step> => [
    ...assigned(roles),
    by(roles.agent, dice.between(0.2, 5), (incidents, id) => incidents.start(id)),
    ...(dice.roll() < 0.2
      ? [
          by("manager", 0.5, (incidents, id) =>
            incidents.overridePriority(id, {
              priority: dice.pick([1, 2]),
              reason: "A board meeting depends on it today."
            })
          )
        ]
      : []),
    ...(dice.roll() < 0.7
      ? [
          comment(
            roles.agent,
            `Hello, I am looking into it: ${roles.trouble.title.toLowerCase()}. Since when do you see it?`,
            "public"
          )
        ]
      : []),
    ...(dice.roll() < 0.5 ? [comment(roles.caller, "Since this morning. Thank you!", "public")] : []),
    comment(roles.agent, roles.trouble.finding, "internal")
  ]

  const held = (roles: Roles, followUpAt: Instant.Instant | null): Step => {
    const reason =
      followUpAt === null
        ? dice.pick(["awaiting_caller", "awaiting_vendor", "awaiting_parts", "other"] as const)
        : "scheduled"
    return by(roles.agent, dice.between(0.5, 6), (incidents, id) =>
      incidents.hold(id, { pendingReason: reason, followUpAt })
    )
  }

  const resolved = (roles: Roles): Step =>
    by(roles.agent, dice.between(0.5, 20), (incidents, id) =>
      incidents.resolve(id, {
        resolutionCode: dice.pick(["fixed", "fixed", "workaround", "user_education", "vendor_fix"] as const),
        resolutionNotes: roles.trouble.resolution
      })
    )

  const reopened = (roles: Roles): ReadonlyArray<Step> => [
    by(roles.caller, dice.between(2, 20), (incidents, id) => incidents.reopen(id, { reason: "It has come back." })),
    comment(roles.agent, "It has indeed. I am on it again.", "public")
  ]

  const waited = (roles: Roles): ReadonlyArray<Step> =>
    dice.roll() < 0.3
      ? [held(roles, null), by(roles.agent, dice.between(3, 24), (incidents, id) => incidents.resume(id))]
      : []

  const finished = (roles: Roles): ReadonlyArray<Step> => [
    ...started(roles),
    ...waited(roles),
    resolved(roles),
    ...(dice.roll() < 0.2 ? [...reopened(roles), resolved(roles)] : [])
  ]

  const closedBy = (roles: Roles): ReadonlyArray<Step> =>
    dice.pick([
      [by(roles.caller, dice.between(1, 30), (incidents, id) => incidents.close(id))],
      [by(roles.agent, dice.between(8, 40), (incidents, id) => incidents.close(id))],
      []
    ])

  const cancelled = (roles: Roles): ReadonlyArray<Step> =>
    dice.roll() < 0.5
      ? [by(roles.caller, dice.between(0.2, 4), (incidents, id) => incidents.cancel(id, { cancelReason: "withdrawn" }))]
      : [
          ...assigned(roles),
          by(roles.agent, dice.between(0.2, 4), (incidents, id) =>
            incidents.cancel(id, { cancelReason: dice.pick(["invalid", "spam"] as const) })
          )
        ]

  /** What happens after the incident was opened, until it is in the state. */
  const towards = (end: End, roles: Roles, tomorrow: Instant.Instant): ReadonlyArray<Step> => {
    switch (end) {
      case "new":
        return []
      case "assigned":
        return assigned(roles)
      case "in_progress":
        return dice.roll() < 0.25 ? [...started(roles), resolved(roles), ...reopened(roles)] : started(roles)
      case "pending":
        return [...started(roles), held(roles, dice.roll() < 0.4 ? tomorrow : null)]
      case "resolved":
        return finished(roles)
      case "closed":
        return [...finished(roles), ...closedBy(roles)]
      case "cancelled":
        return cancelled(roles)
    }
  }

  return { open, towards }
}
