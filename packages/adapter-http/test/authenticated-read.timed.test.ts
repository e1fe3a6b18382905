import { MemoryStore } from "@itsm/adapter-memory"
import { Store } from "@itsm/core"
import { Context, Effect, Layer, Scope } from "effect"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { startInstance, type Instance } from "./instance.ts"
import { populate, type Company } from "./world.ts"

/** A store that counts the questions to it, takes its time for each, and can be cut off, its watch included. */
const observed = (store: Store.StoreShape) => {
  const state = { questions: 0, cutOffAt: undefined as number | undefined }
  const asked = <A, E>(answer: Effect.Effect<A, E>) =>
    Effect.suspend(() => {
      state.questions++
      return state.cutOffAt === undefined
        ? Effect.andThen(Effect.sleep("1 millis"), answer)
        : Effect.die(new Store.StorageUnavailable({ cause: "cut off" }))
    })
  const shape: Store.StoreShape = {
    ...store,
    get: (...args) => asked(store.get(...args)),
    find: (...args) => asked(store.find(...args)),
    count: (...args) => asked(store.count(...args)),
    exists: (...args) => asked(store.exists(...args)),
    watch: (told) =>
      Effect.map(store.watch!(told), (watch) => ({
        behindMs: () => (state.cutOffAt === undefined ? watch.behindMs() : performance.now() - state.cutOffAt)
      }))
  }
  const counted = async <A>(work: () => Promise<A>) => {
    const before = state.questions
    const result = await work()
    return { result, questions: state.questions - before }
  }
  return { shape, state, counted }
}

let instance: Instance
let acme: Company
let store: ReturnType<typeof observed>
beforeAll(async () => {
  const scope = Scope.makeUnsafe()
  const memory = await Effect.runPromise(Scope.provide(Layer.build(MemoryStore.layer), scope))
  store = observed(Context.get(memory, Store.Store))
  instance = await startInstance(Layer.succeed(Store.Store, store.shape))
  acme = await populate(instance, "acme")
})
afterAll(() => instance.close())

const detail = () => instance.ask("GET", `/incidents/${acme.incidents.assigned}/`, { token: acme.tokens.agent })
/** Something about the agent that changes nothing of what they may do. */
const change = (fields: object) =>
  instance.ask("PATCH", `/users/${acme.people.agent}/`, {
    token: acme.tokens.admin,
    body: fields,
    headers: { "if-match": "*" }
  })
const renameDepartment = (name: string) =>
  instance.ask("PATCH", `/departments/${acme.departments.sales}/`, {
    token: acme.tokens.admin,
    body: { name },
    headers: { "if-match": "*" }
  })

describe("an authenticated read", () => {
  it("asks the store for the record, and for nothing about its reader", async () => {
    assert.equal((await detail()).status, 200)
    const { result, questions } = await store.counted(detail)
    assert.equal(result.status, 200)
    assert.equal(questions, 1)
  })

  it("asks five questions about a reader of whom something has changed, all of them at once", async () => {
    assert.equal((await change({ phone: "1" })).status, 200)
    const { questions } = await store.counted(detail)
    assert.equal(questions, 1 + 5)
    assert.equal((await store.counted(detail)).questions, 1)
  })

  it("asks five more when something of the organization has changed, for the first reader alone", async () => {
    await detail()
    assert.equal((await renameDepartment("Sales and more")).status, 200)
    await instance.ask("GET", "/auth/me/", { token: acme.tokens.admin })
    assert.equal((await store.counted(detail)).questions, 1 + 5)
  })

  it("asks about its reader once, however many requests come at once", async () => {
    await change({ phone: "2" })
    const { result, questions } = await store.counted(() => Promise.all(Array.from({ length: 50 }, detail)))
    assert.deepEqual(new Set(result.map(({ status }) => status)), new Set([200]))
    assert.equal(questions, 50 + 5)
  })

  it("is not refreshed by what others do: a login, another's logout, a new incident", async () => {
    await detail()
    const caller = await instance.signIn("bystander@acme.example")
    await instance.ask("POST", "/incidents/", { token: caller, body: { title: "Mail is slow" } })
    await instance.ask("POST", "/auth/logout/", { token: caller, body: {} })
    assert.equal((await store.counted(detail)).questions, 1)
  })

  it("is 503 and never 401 while the storage is down, and remembers nothing for longer than a second", async () => {
    const verify = () => instance.ask("GET", "/auth/verify-token/", { token: acme.tokens.agent })
    await detail()
    store.state.cutOffAt = performance.now()
    try {
      const since = performance.now()
      let last = { status: 0, at: 0 }
      while (performance.now() - since < 2000) {
        const at = performance.now() - since
        const { status, body } = await verify()
        assert.include([200, 503], status)
        if (status === 503) assert.equal(body["code"], "storage_unavailable")
        else last = { status, at }
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      assert.isBelow(last.at, 1000)
    } finally {
      store.state.cutOffAt = undefined
    }
    assert.equal((await verify()).status, 200)
    assert.equal((await detail()).status, 200)
  })
})
