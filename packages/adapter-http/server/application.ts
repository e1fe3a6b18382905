import { Context } from "effect"
import { Kernel } from "@itsm/core/kernel"
import {
  type AnswerHeaders,
  accountPages,
  type AppOptions,
  callerBehind,
  type Check,
  defaultBasePath,
  documentOf,
  documentPages,
  Metrics,
  makeApp,
  makeRateLimits,
  operationPages,
  tableOf
} from "../src/index.ts"
import { AccessToken, authEndpoints, authenticate, SigningKeys } from "../src/auth/index.ts"
import type { Authentication } from "@itsm/core/identity"
import type { Config } from "./config/config.ts"
import type { Domain } from "./domain.ts"
import type { Installation } from "./installation.ts"

const audience = "itsm"
/** Where no public URL is set, tokens stay good when the server comes back on another port. */
const unnamedIssuer = "itsm"

type Keys = Pick<Installation, "signingKeys" | "cursorKey">
type DocumentSettings = Pick<Config, "publicUrl" | "problemTypeBase">
type Settings = DocumentSettings & Pick<Config, "rateLimits" | "trustedProxies">

/** The whole table of the server, and what stands behind it. */
const optionsOf = (
  services: Context.Context<Domain>,
  { publicUrl, problemTypeBase }: DocumentSettings,
  { signingKeys, cursorKey }: Keys
) => {
  const tokens = AccessToken.make({ keys: signingKeys, issuer: publicUrl ?? unnamedIssuer, audience })
  return {
    services,
    authenticate: authenticate(tokens),
    endpoints: authEndpoints(tokens),
    settings: { cursorKey, problemTypeBase }
  } satisfies AppOptions<Authentication>
}

const documentFor =
  (options: ReturnType<typeof optionsOf>, { publicUrl }: DocumentSettings) =>
  () =>
    documentOf(Context.get(options.services, Kernel.Kernel).catalogue, tableOf<Authentication>(options), {
      basePath: defaultBasePath,
      ...(publicUrl === undefined ? {} : { serverUrl: publicUrl })
    })

/** The server's application: the API, its documents, and what operators ask for. */
export const application = (
  services: Context.Context<Domain>,
  config: Settings,
  installation: Keys,
  headersFor: AnswerHeaders,
  checks: ReadonlyArray<Check>
) => {
  const options = optionsOf(services, config, installation)
  const metrics = Metrics.make()
  return makeApp<Authentication>({
    ...options,
    settings: { ...options.settings, addressOf: callerBehind(config.trustedProxies), headersFor },
    admit: makeRateLimits(Context.get(services, Kernel.Kernel).limiter, config.rateLimits, {
      limited: metrics.limited,
      failed: metrics.limiterFailed
    }),
    metrics,
    pages: [
      ...operationPages({ metrics, checks }),
      ...documentPages(documentFor(options, config)),
      ...accountPages(defaultBasePath),
      SigningKeys.jwksPage(installation.signingKeys)
    ]
  })
}

/** The OpenAPI document of the server. */
export const documentOfServer = (services: Context.Context<Domain>, config: DocumentSettings, installation: Keys) =>
  documentFor(optionsOf(services, config, installation), config)()
