import { MemoryStore } from "@itsm/adapter-memory"
import type { Errors } from "@itsm/core"
import { createItsm } from "@itsm/core/promise"

const itsm = await createItsm(MemoryStore.layer)
const { administrator } = await itsm.found({
  name: "Acme",
  slug: "acme",
  administrator: { email: "ada@acme.example", displayName: "Ada" }
})
const { incidents, users } = itsm.as(administrator)

const requester = await users.create({ email: "uma@acme.example", displayName: "Uma" })
const incident = await incidents.open({ title: "VPN drops", urgency: 2, requesterId: requester.id })
console.log(incident.number, incident.state, `P${incident.priority}`)

const started = await incidents.start(incident.id)
console.log(started.number, started.state, started.assigneeId === administrator.id ? "by Ada" : "by nobody")

// The outcome of a dry run is decided and checked like any other, and not stored.
const outcome = await incidents.cancel(incident.id, { cancelReason: "withdrawn" }, { dryRun: true })
console.log("a dry run gives", outcome.state, "and leaves", (await incidents.get(incident.id)).state)

// A refusal rejects with the domain's own error: its tag, its kind and its facts.
const refusal = await incidents.close(incident.id).catch((error: Errors.StateConflict) => error)
if ("_tag" in refusal) console.log(refusal._tag, refusal.kind, refusal.allowedActions.join(" "))

await itsm.close()
