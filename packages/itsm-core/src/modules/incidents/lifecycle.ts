import { Lifecycle } from "../../kernel/index.ts"

/** What the guards look at. */
interface Guarded {
  readonly state: string
  readonly acknowledgedAt: string | null
  readonly reopenUntil: string | null
  readonly priorityOverride: object | null
}

const open = ["new", "assigned", "in_progress", "pending"] as const

/**
 * The life of an incident. Escalated, breached and major are attributes of it, not states.
 * @source domain specification C.2.1
 */
export const lifecycle = Lifecycle.define({
  states: ["new", "assigned", "in_progress", "pending", "resolved", "closed", "cancelled"],
  initial: "new",
  final: ["closed", "cancelled"],
  transitions: [
    { action: "assign", from: ["new"], to: "assigned" },
    { action: "assign", from: ["assigned", "in_progress", "pending"], to: "same" },
    { action: "acknowledge", from: ["new", "assigned"], to: "same", guard: "notAcknowledged" },
    { action: "start", from: ["new", "assigned"], to: "in_progress" },
    { action: "hold", from: ["assigned", "in_progress"], to: "pending" },
    { action: "resume", from: ["pending"], to: ["in_progress", "assigned"] },
    { action: "resolve", from: open, to: "resolved" },
    { action: "close", from: ["resolved"], to: "closed" },
    { action: "reopen", from: ["resolved"], to: ["in_progress", "assigned", "new"] },
    { action: "reopen", from: ["closed"], to: ["in_progress", "assigned", "new"], guard: "withinReopenWindow" },
    { action: "cancel", from: open, to: "cancelled" },
    { action: "update", from: [...open, "resolved"], to: "same" },
    { action: "override_priority", from: open, to: "same" },
    { action: "clear_override", from: open, to: "same", guard: "isOverridden" }
  ],
  guards: {
    notAcknowledged: (incident: Guarded) => incident.acknowledgedAt === null || "The incident is already acknowledged.",
    withinReopenWindow: (incident: Guarded, { now }) =>
      (incident.reopenUntil !== null && now < incident.reopenUntil) ||
      "The time in which it could be reopened is over.",
    isOverridden: (incident: Guarded) => incident.priorityOverride !== null || "The priority is not overridden."
  }
})

const isIn = (states: ReadonlyArray<string>) => (incident: { readonly state: string }) =>
  states.includes(incident.state)

/** Work on it is still to be done. */
export const isOpen = isIn(open)
export const isPending = isIn(["pending"])
export const isResolved = isIn(["resolved"])
export const isClosed = isIn(["closed"])
/** Nothing happens to it any more, except that it may be reopened. */
export const isFinal = isIn(lifecycle.final)
