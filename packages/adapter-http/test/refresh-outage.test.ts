import { Store } from "@itsm/core"
import { Context, Effect, Layer } from "effect"
import { assert, describe, it } from "vitest"
import { auth, stores, told } from "./accounts.ts"
import { bearer, startMemoryServer } from "./memory-server.ts"

type Operation = "find" | "get" | "commit"

/** A store of which one operation can be made to fail, as when its database is away. */
const breakable = (store: (typeof stores)[number][1]) => {
  const broken = new Set<Operation>()
  const down = Effect.die(new Store.StorageUnavailable({ cause: "the database is away" }))
  const guard = <A, E>(operation: Operation, effect: Effect.Effect<A, E>) =>
    Effect.suspend(() => (broken.has(operation) ? down : effect))
  const layer = Layer.effect(
    Store.Store,
    Effect.map(Layer.build(store), (context) => {
      const stored = Context.get(context, Store.Store)
      return Store.Store.of({
        ...stored,
        find: (reach, entity, query) => guard("find", stored.find(reach, entity, query)),
        get: (reach, entity, id) => guard("get", stored.get(reach, entity, id)),
        commit: (reach, changes) => guard("commit", stored.commit(reach, changes))
      })
    })
  )
  return { layer, broken }
}

describe.each(stores)("a refresh while the storage is away, on %s", (_, store) => {
  it("is 503, and the token stays good (T-REFRESH-3)", async () => {
    const { layer, broken } = breakable(store)
    const server = await startMemoryServer({ store: layer })
    const refresh = (refreshToken: unknown) => server.post(`${auth}/token/refresh/`, { refreshToken })
    const { body } = await server.login("agent@acme.example")
    for (const operation of ["find", "get", "commit"] as const) {
      broken.add(operation)
      for (let attempt = 0; attempt < 3; attempt++)
        assert.deepEqual(told(await refresh(body["refreshToken"])), [503, "storage_unavailable"])
      broken.clear()
    }
    const next = await refresh(body["refreshToken"])
    assert.equal(next.status, 200)
    assert.equal((await server.get(`${auth}/me/`, bearer(next.body["accessToken"]))).status, 200)
    assert.deepEqual(told(await refresh(body["refreshToken"])), [401, "refresh_token_reused"])
    await server.close()
  })
})
