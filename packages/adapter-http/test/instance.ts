import { Actor, catalogue, Itsm, Organizations, PasswordHasher, Store, type User, Users } from "@itsm/core"
import { Context, Effect, Exit, Layer, Logger, Result, Scope } from "effect"
import { decodeJwt, type JWTPayload, SignJWT } from "jose"
import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto"
import { promote } from "../server/demo/operator.ts"
import { AccessToken, authenticate, authEndpoints, SigningKeys } from "../src/auth/index.ts"
import { bookLogger, keepSecretsOf } from "./log-book.ts"
import { documentOf, makeApp, tableOf } from "../src/index.ts"

export const api = "/api/v1"
/** Stands in no answer, no audit entry and no log. */
export const password = "seven violet canaries hum"
const quickly = (text: string, salt: string) =>
  `hash-canary:${salt}:${createHash("sha256").update(salt).update(text).digest("base64url")}`
/** A hash that costs nothing and is easily found again. */
const quickHasher = {
  hash: (text: string) => Effect.sync(() => quickly(text, randomUUID())),
  verify: (hash: string, text: string) => Effect.sync(() => hash === quickly(text, hash.split(":")[1] ?? "")),
  minimumLength: 15
}

export interface Asked {
  readonly token?: string | undefined
  readonly body?: unknown
  /** In place of `body`: the bytes as they are sent. */
  readonly text?: string | Uint8Array<ArrayBuffer> | undefined
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
}

/** A store that tells what was committed to it. */
const journaled = (store: Store.StoreShape, writes: Array<Store.Change>): Store.StoreShape => ({
  ...store,
  commit: (reach, changes) =>
    Effect.tap(store.commit(reach, changes), () => Effect.sync(() => void writes.push(...changes)))
})

/** The key of everything that is signed in a test, so that several instances take each other's tokens. */
const keys = Result.getOrThrow(SigningKeys.read(SigningKeys.generate()))
const tokens = AccessToken.make({ keys, issuer: "https://itsm.example", audience: "itsm" })

const resigned = (token: string, claims: JWTPayload, key: KeyObject) =>
  new SignJWT({ ...decodeJwt(token), ...claims })
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: keys.at(Date.now()).signing.kid })
    .sign(key)

/** A token as good as `token` was an hour ago, which is over. */
export const expired = (token: string) => {
  const then = Math.floor(Date.now() / 1000) - 3600
  return resigned(
    token,
    { iat: then, nbf: then, exp: then + AccessToken.lifetime },
    keys.at(Date.now()).signing.privateKey
  )
}

/** The same claims under the same key id, signed by somebody else. */
export const forged = (token: string) => resigned(token, {}, generateKeyPairSync("ed25519").privateKey)

type Provided = Layer.Success<typeof Itsm.layer>

/** One process of the server on a store: its routes, without a socket before them. */
export const startInstance = async (storeLayer: Layer.Layer<Store.Store, unknown>) => {
  const scope = Scope.makeUnsafe()
  const writes: Array<Store.Change> = []
  const services = await Effect.runPromise(
    Effect.gen(function* () {
      const store = Context.get(yield* Layer.build(storeLayer), Store.Store)
      const domain = Layer.provide(Itsm.layer, Layer.succeed(Store.Store, journaled(store, writes)))
      const context = yield* Layer.build(Layer.mergeAll(domain, Logger.layer([bookLogger])))
      return Context.add(context, PasswordHasher, quickHasher)
    }).pipe(Scope.provide(scope))
  )
  const options = {
    services,
    authenticate: authenticate(tokens),
    endpoints: authEndpoints(tokens),
    settings: { cursorKey: new Uint8Array(32).fill(7) }
  }
  const app = makeApp(options)
  const table = tableOf(options)
  const ask = async (method: string, path: string, { token, body, text, headers }: Asked = {}): Promise<Answer> => {
    const content = text ?? (body === undefined ? undefined : JSON.stringify(body))
    const answer = await app.request(path.startsWith("/api") ? path : api + path, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(content === undefined ? {} : { "content-type": "application/json" }),
        ...headers
      },
      ...(content === undefined ? {} : { body: content })
    })
    const answered = await answer.text()
    const json = answered.startsWith("{") ? (JSON.parse(answered) as Answer["body"]) : {}
    keepSecretsOf([body, json])
    return { status: answer.status, headers: answer.headers, text: answered, body: json }
  }
  const run = <A, E>(effect: Effect.Effect<A, E, Provided>) =>
    Effect.runPromise(Effect.provideContext(effect, services))
  const signIn = async (email: string): Promise<string> => {
    const { body } = await ask("POST", "/auth/login/", { body: { email, password } })
    return String(body["accessToken"])
  }
  return {
    table,
    document: () => documentOf(catalogue, table, { basePath: api }),
    ask,
    run,
    signIn,
    /** What has been committed since the instance started. */
    writes,
    close: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

export type Instance = Awaited<ReturnType<typeof startInstance>>
/** A row of the table that the routes come from. */
export type Route = Instance["table"][number]

/** An organization whose administrator is `admin@<slug>.example`. */
export const foundCompany = (instance: Instance, slug: string) =>
  instance.run(
    Organizations.use((organizations) =>
      organizations.create({
        name: slug,
        slug,
        administrator: { email: `admin@${slug}.example`, displayName: "Ada", password }
      })
    ).pipe(Actor.provide(Actor.platform))
  )

/** The operator of the platform, at home in an organization that holds nothing else. */
export const foundPlatform = (instance: Instance) =>
  instance.run(
    Effect.gen(function* () {
      const organization = yield* Organizations.use((organizations) =>
        organizations.create({ name: "Platform", slug: "platform" })
      ).pipe(Actor.provide(Actor.platform))
      const user: Pick<User, "id"> = yield* Users.use((users) =>
        users.create({ email: "operator@platform.example", displayName: "Olga", password })
      ).pipe(Actor.provide(Actor.system(organization.id)))
      yield* promote(organization.id, user.id)
    })
  )
