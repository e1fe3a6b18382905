import { Context, Effect, Layer } from "effect"
import { Itsm, type Store } from "@itsm/core"
import { PasswordHasher } from "@itsm/core/identity"
import { argon2id } from "../src/auth/index.ts"

/** Every service of the domain. */
export type Domain = Layer.Success<typeof Itsm.layer>

/** The domain on a store, with passwords and the surroundings' own log. */
export const domainOn = Effect.fnUntraced(function* (store: Context.Context<Store.Store>, passwordMinimum: number) {
  const services = yield* Layer.build(Layer.provide(Itsm.layer, Layer.succeedContext(store)))
  const surroundings = yield* Effect.context<never>()
  const all: Context.Context<Domain> = Context.add(
    Context.merge(surroundings, services),
    PasswordHasher,
    argon2id(passwordMinimum)
  )
  return all
})
