import { lifecycle } from "@itsm/core/incidents"
import type { IncidentState } from "@itsm/core/incidents/samples"
import type { Person } from "@itsm/core/testing"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startWorld, type World } from "./world.ts"

const { states } = lifecycle

/** The actions of each state, as the trade has them; a comment can be added in all of them. */
const possible: Readonly<Record<IncidentState, ReadonlyArray<string>>> = {
  new: ["assign", "acknowledge", "start", "resolve", "cancel", "override_priority"],
  assigned: ["assign", "acknowledge", "start", "hold", "resolve", "cancel", "override_priority"],
  in_progress: ["assign", "hold", "resolve", "cancel", "override_priority"],
  pending: ["assign", "resume", "resolve", "cancel", "override_priority"],
  resolved: ["close", "reopen"],
  closed: ["reopen"],
  cancelled: []
}

const operations: Readonly<Record<string, string>> = {
  assign: "incidents.assign",
  acknowledge: "incidents.acknowledge",
  start: "incidents.start",
  hold: "incidents.hold",
  resume: "incidents.resume",
  resolve: "incidents.resolve",
  close: "incidents.close",
  reopen: "incidents.reopen",
  cancel: "incidents.cancel",
  override_priority: "incidents.overridePriority",
  clear_override: "incidents.clearOverride"
}
const actions = Object.keys(operations)

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

/** Inputs of an action that differ in what stands against them: one of them is taken, where any is. */
const inputsOf = (action: string): ReadonlyArray<object> => {
  const { people, teams } = world.acme
  const plain = world.acme.inputs
  if (action === "add_comment") return [{ body: "Words" }, { body: "Words", visibility: "internal" }]
  if (action === "assign")
    return [
      { teamId: teams.network },
      { teamId: teams.desk, assigneeId: people.agent },
      { teamId: teams.desk, assigneeId: people.colleague }
    ]
  return [plain[operations[action]!]!]
}

const act = (person: Person, id: string, action: string, body: object, query = "") =>
  world.ask("POST", `/incidents/${id}/${action}/${query}`, { token: world.acme.tokens[person], body })
const read = async (person: Person, id: string) =>
  world.ask("GET", `/incidents/${id}/`, { token: world.acme.tokens[person] })
const strings = (value: unknown) => value as ReadonlyArray<string>

describe("every action in every state of an incident", () => {
  it.each(states.flatMap((state) => actions.map((action) => ({ state, action }))))(
    "$action when $state",
    async ({ state, action }) => {
      const id = await world.acme.incidentIn(state)
      // taking note is for members of the team, and a new incident has none
      const person = action === "acknowledge" && state === "assigned" ? "agent" : "admin"
      const before = await read("admin", id)
      const { status, body } = await act(person, id, action, inputsOf(action)[0]!)
      const after = await read("admin", id)
      if (possible[state].includes(action)) {
        if (action === "acknowledge" && state === "new")
          expect([status, body["code"]]).toEqual([403, "permission_denied"])
        else {
          expect([status, body]).toEqual([200, { ...after.body, allowedActions: body["allowedActions"] }])
          expect(after.body["version"]).toBe(Number(before.body["version"]) + 1)
        }
        return
      }
      expect(after.text).toBe(before.text)
      const guarded = action === "clear_override" && possible[state].includes("override_priority")
      expect([status, body["code"]]).toEqual([409, guarded ? "guard_failed" : "state_conflict"])
      if (guarded) expect(body).toMatchObject({ guard: "isOverridden", reason: expect.any(String) })
      else {
        expect(body["currentState"]).toBe(state)
        // the administrator has nothing to acknowledge, and no override to clear
        const isTheirs = (name: string) => name !== "clear_override" && name !== "acknowledge"
        const named = strings(body["allowedActions"]).filter((name) => actions.includes(name))
        expect(named).toEqual(possible[state].filter(isTheirs))
      }
    }
  )

  it("is a conflict for a change of what is closed or cancelled, and for none else", async () => {
    for (const state of states) {
      const path = `/incidents/${await world.acme.incidentIn(state)}/`
      const { status } = await world.ask("PATCH", path, { token: world.acme.tokens.admin, body: { title: "Other" } })
      expect([state, status]).toEqual([state, state === "closed" || state === "cancelled" ? 409 : 200])
    }
  })

  it("is 409 on a user as well", async () => {
    const { tokens, people, record } = world.acme
    const invited = record("User", "invited")
    const post = (id: string, action: string) => world.ask("POST", `/users/${id}/${action}/`, { token: tokens.admin })
    for (const [id, action, status, state] of [
      [people.bystander, "enable", 409, "active"],
      [invited, "enable", 200, "active"],
      [invited, "disable", 200, "disabled"],
      [invited, "disable", 409, "disabled"]
    ] as const) {
      const answer = await post(id, action)
      expect([answer.status, answer.body[status === 409 ? "currentState" : "state"]]).toEqual([status, state])
    }
  })
})

describe("what a record says may be done with it", () => {
  const persons: ReadonlyArray<Person> = ["caller", "bystander", "agent", "colleague", "manager", "admin"]
  const all = [...actions, "add_comment"]

  /** The actions that a person's calls would really succeed with, in the order in which the record tells them. */
  const reallyPossible = async (person: Person, id: string) => {
    const found: Array<string> = []
    for (const action of all) {
      for (const body of inputsOf(action)) {
        const { status } = await act(person, id, action, body, "?dryRun=true")
        if (status !== 200 && status !== 201) continue
        found.push(action)
        break
      }
    }
    return found.toSorted()
  }

  const checkFor = async (person: Person, id: string, story: string) => {
    const { status, body } = await read(person, id)
    const real = await reallyPossible(person, id)
    if (status === 404) return expect(real, `${person} sees nothing ${story}`).toEqual([])
    expect(strings(body["allowedActions"]).toSorted(), `${person} ${story}`).toEqual(real)
    const path = `/incidents/${id}/transitions/`
    const { body: told } = await world.ask("GET", path, { token: world.acme.tokens[person] })
    const transitions = told["transitions"] as ReadonlyArray<{ readonly action: string; readonly allowed: boolean }>
    const allowed = transitions.filter((each) => each.allowed).map(({ action }) => action)
    expect(told["currentState"]).toBe(body["state"])
    expect(allowed.toSorted(), `transitions of ${person} ${story}`).toEqual(
      real.filter((name) => name !== "add_comment")
    )
  }

  it.each(states)("is what really succeeds, for everyone, when it is %s", async (state) => {
    const id = world.acme.incidents[state]
    for (const person of persons) await checkFor(person, id, state)
  })

  it("is what really succeeds, wherever a sequence of actions has led", async () => {
    const step = fc.record({ person: fc.constantFrom(...persons), action: fc.constantFrom(...all), input: fc.nat(2) })
    const walk = fc.record({ state: fc.constantFrom(...states), steps: fc.array(step, { maxLength: 6 }) })
    await fc.assert(
      fc.asyncProperty(walk, async ({ state, steps }) => {
        const id = await world.acme.incidentIn(state)
        const story = [`from ${state}`]
        for (const { person, action, input } of steps) {
          const bodies = inputsOf(action)
          const { status } = await act(person, id, action, bodies[input % bodies.length]!)
          story.push(`${person} ${action} ${status}`)
        }
        for (const person of persons) await checkFor(person, id, story.join(", "))
      }),
      { numRuns: 20 }
    )
  })
})
