import { Context, Effect, Layer, type Scope } from "effect"
import { type Catalogue, Itsm, type Store } from "@itsm/core"
import {
  AccountPolicy,
  type AccountPolicyShape,
  Mail,
  type MailShape,
  PasswordHasher,
  SecretBox,
  Totp
} from "@itsm/core/identity"
import { aesGcm, argon2id, totp } from "../src/auth/index.ts"

/** Every service of the domain. */
export type Domain = Layer.Success<typeof Itsm.layer>

interface Surroundings {
  readonly modules?: ReadonlyArray<Catalogue.Module>
  readonly secretKey?: Uint8Array
  readonly earlierSecretKeys?: ReadonlyArray<Uint8Array>
  readonly accounts?: AccountPolicyShape
  readonly mail?: MailShape
}

/**
 * The domain on a store, and on the limiter that came with it, with passwords, second factors and the surroundings' own
 * log. Without a key nothing can be encrypted, which only second factors need; without mail a warning is logged in place
 * of each message.
 */
export const domainOn = Effect.fnUntraced(function* (
  store: Context.Context<Store.Store>,
  passwordMinimum: number,
  { modules = [], secretKey, earlierSecretKeys, accounts, mail }: Surroundings = {}
): Effect.fn.Return<Context.Context<Domain>, never, Scope.Scope> {
  const domain: Layer.Layer<Domain, never, Store.Store> = Itsm.layerWith({ modules })
  const services = yield* Layer.build(Layer.provide(domain, Layer.succeedContext(store)))
  const surroundings = yield* Effect.context<never>()
  const all: Context.Context<Domain> = Context.merge(surroundings, services).pipe(
    Context.add(PasswordHasher, argon2id(passwordMinimum)),
    Context.add(Totp, totp)
  )
  const known = accounts === undefined ? all : Context.add(all, AccountPolicy, accounts)
  const encrypting =
    secretKey === undefined ? known : Context.add(known, SecretBox, aesGcm(secretKey, earlierSecretKeys))
  return mail === undefined ? encrypting : Context.add(encrypting, Mail, mail)
})
