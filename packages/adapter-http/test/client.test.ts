import { Condition } from "@itsm/core/kernel"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createItsmClient, ItsmError } from "../client/index.ts"
import { type Person, type Service, startService } from "./service.ts"

let service: Service
beforeAll(async () => {
  service = await startService()
})

const as = (person: Person) =>
  createItsmClient({
    baseUrl: "http://server",
    accessToken: () => person,
    fetch: async (input, init) => service.app.request(input, init)
  })

const refusal = (promise: Promise<unknown>): Promise<ItsmError> =>
  promise.then(
    () => Promise.reject(new Error("not refused")),
    (error) => error
  )

describe("the client", () => {
  it("has the operations of the domain", async () => {
    const itsm = as("admin")
    const incident = await itsm.incidents.open({ title: "Mail is down", impact: 1, urgency: 1 })
    const started = await itsm.incidents.start(incident.id)
    expect([started.state, started.version]).toEqual(["in_progress", 2])
    const comment = await itsm.incidents.addComment(incident.id, { body: "Looking into it" })
    expect((await itsm.incidentComments.list({ where: Condition.eq("incidentId", incident.id) })).items).toEqual([
      comment
    ])
    expect(await itsm.incidents.get(incident.id)).toMatchObject({ id: incident.id, title: "Mail is down" })
    expect((await itsm.priorityMatrices.current()).size).toBe(3)
    await itsm.incidents.delete(incident.id)
    expect((await refusal(itsm.incidents.get(incident.id))).code).toBe("not_found")
  })

  it("rejects with what the server says", async () => {
    const itsm = as("admin")
    const incident = await itsm.incidents.open({ title: "Mail is down" })
    const conflict = await refusal(itsm.incidents.close(incident.id))
    expect(conflict).toBeInstanceOf(ItsmError)
    expect(conflict).toMatchObject({ status: 409, code: "state_conflict", problem: { currentState: "new" } })
    expect((await refusal(itsm.incidents.update(incident.id, { title: "x" }, { expectedVersion: 7 }))).status).toBe(412)
    expect((await refusal(as("stranger").incidents.get(incident.id))).status).toBe(404)
    const gone = createItsmClient({
      baseUrl: "http://127.0.0.1:9",
      accessToken: "x",
      fetch: () => Promise.reject(new Error("refused"))
    })
    expect(await refusal(gone.incidents.list())).toMatchObject({ status: 0, code: "unreachable" })
  })

  it("decides without storing", async () => {
    const itsm = as("admin")
    const incident = await itsm.incidents.open({ title: "Mail is down" })
    expect((await itsm.incidents.start(incident.id, {}, { dryRun: true })).state).toBe("in_progress")
    expect((await itsm.incidents.get(incident.id)).state).toBe("new")
  })

  it("walks a list by conditions", async () => {
    const itsm = as("admin")
    for (const title of ["walk 1", "walk 2", "walk 3"]) await itsm.incidents.open({ title })
    const options = {
      where: Condition.all([Condition.eq("state", "new"), { search: "walk" }]),
      sort: [{ field: "title", direction: "desc" }],
      limit: 2
    } as const
    const first = await itsm.incidents.list(options)
    const second = await itsm.incidents.list({ ...options, after: first.next! })
    expect([...first.items, ...second.items].map(({ title }) => title)).toEqual(["walk 3", "walk 2", "walk 1"])
    expect(second.next).toBeNull()
    expect((await refusal(itsm.incidents.list({ where: Condition.not(Condition.eq("state", "new")) }))).code).toBe(
      "unsupported_condition"
    )
  })
})

afterAll(() => service.runtime.dispose())
