import { Context, Effect, Layer } from "effect"
import { Itsm, type Store } from "@itsm/core"
import { PasswordHasher, SecretBox, Totp } from "@itsm/core/identity"
import { aesGcm, argon2id, totp } from "../src/auth/index.ts"

/** Every service of the domain. */
export type Domain = Layer.Success<typeof Itsm.layer>

/**
 * The domain on a store, with passwords, second factors and the surroundings' own log. Without a key nothing can be
 * encrypted, which only second factors need.
 */
export const domainOn = Effect.fnUntraced(function* (
  store: Context.Context<Store.Store>,
  passwordMinimum: number,
  secretKey?: Uint8Array
) {
  const services = yield* Layer.build(Layer.provide(Itsm.layer, Layer.succeedContext(store)))
  const surroundings = yield* Effect.context<never>()
  const all: Context.Context<Domain> = Context.merge(surroundings, services).pipe(
    Context.add(PasswordHasher, argon2id(passwordMinimum)),
    Context.add(Totp, totp)
  )
  return secretKey === undefined ? all : Context.add(all, SecretBox, aesGcm(secretKey))
})
