import type { LogLevel, Redacted } from "effect"
import { type AccountPolicyShape, registrationModes } from "@itsm/core/identity"
import type { Network } from "../../src/limits/address.ts"
import { defaultLimits, type Limits } from "../../src/limits/policy.ts"
import { defaultTypeBase } from "../../src/problem.ts"
import type * as SigningKeys from "../../src/auth/signing-keys.ts"
import * as Decoders from "./decoders.ts"
import { type Environment, type Mistake, Reading } from "./reading.ts"

const logLevels = {
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error",
  fatal: "Fatal",
  none: "None"
} as const satisfies Readonly<Record<string, LogLevel.LogLevel>>

/** Where the data is: in a database that is given, in one that the server runs itself, or in its memory. */
type Storage =
  | { readonly kind: "given"; readonly url: Redacted.Redacted<string> }
  | { readonly kind: "embedded" }
  | { readonly kind: "memory" }

/** Everything that the surroundings decide about the server. */
export interface Config {
  /** 0 takes any port that is free. */
  readonly port: number
  readonly host: string
  readonly storage: Storage
  readonly dataDir: string | undefined
  /** Whether the database, too, keeps organizations apart. */
  readonly rowLevelSecurity: "on" | "off"
  /** Under which the server is reached from outside; it is the issuer of tokens, too. */
  readonly publicUrl: string | undefined
  readonly role: "all" | "api" | "worker"
  /** `undefined`: where the embedded database, or the memory, starts empty. */
  readonly demo: "on" | "off" | undefined
  readonly demoPassword: Redacted.Redacted<string> | undefined
  readonly adminPassword: Redacted.Redacted<string> | undefined
  readonly signingKeys: Redacted.Redacted<SigningKeys.SigningKeys> | undefined
  readonly encryptionKey: Redacted.Redacted<Uint8Array> | undefined
  /** Those that were the encryption key before. */
  readonly earlierEncryptionKeys: Redacted.Redacted<ReadonlyArray<Uint8Array>> | undefined
  /** Through which mail leaves; `undefined`: into a folder, or not at all. */
  readonly smtpUrl: Redacted.Redacted<string> | undefined
  readonly mailFrom: string
  readonly passwordMinimum: number
  /** Whose word about addresses is taken. */
  readonly trustedProxies: ReadonlyArray<Network>
  readonly corsOrigins: ReadonlyArray<string>
  /** Modules beside those of the product: paths and names of packages. */
  readonly modules: ReadonlyArray<string>
  readonly rateLimits: Limits
  readonly accounts: AccountPolicyShape
  readonly logLevel: LogLevel.LogLevel
  readonly problemTypeBase: string
}

const storageOf = (reading: Reading): Storage => {
  const url = reading.secret("DATABASE_URL", Decoders.databaseUrl)
  const store = reading.optional("ITSM_STORE", Decoders.oneOf("postgres", "memory"))
  if (store === "memory" && url !== undefined) {
    reading.mistakes.push({
      name: "ITSM_STORE",
      found: "memory beside DATABASE_URL",
      remedy: "Leave one of the two out."
    })
  }
  if (store === "memory") return { kind: "memory" }
  return url === undefined ? { kind: "embedded" } : { kind: "given", url }
}

const limitsOf = (reading: Reading): Limits => {
  const limit = (name: keyof Limits) =>
    reading.withDefault(`ITSM_RATE_LIMIT_${name.toUpperCase()}`, defaultLimits[name], Decoders.whole(0, 1_000_000))
  return {
    user: limit("user"),
    api_key: limit("api_key"),
    organization: limit("organization"),
    anonymous: limit("anonymous"),
    login: limit("login")
  }
}

const roleOf = (reading: Reading, storage: Storage): Config["role"] => {
  const role = reading.withDefault("ITSM_ROLE", "all", Decoders.oneOf("all", "api", "worker"))
  if (
    role !== "all" &&
    storage.kind !== "given" &&
    reading.mistakes.every(({ name }) => !name.startsWith("DATABASE_URL"))
  ) {
    reading.mistakes.push({
      name: "ITSM_ROLE",
      found: `${role} without DATABASE_URL`,
      remedy: "Use all, or set DATABASE_URL: only a database that is given can be shared by several processes."
    })
  }
  return role
}

/** All settings, or all mistakes in them at once; beside them the names of settings that this version does not know. */
export const read = (
  environment: Environment
):
  | { readonly config: Config; readonly unknown: ReadonlyArray<string> }
  | { readonly mistakes: ReadonlyArray<Mistake> } => {
  const reading = new Reading(environment)
  const storage = storageOf(reading)
  const passwordMinimum = reading.withDefault("ITSM_PASSWORD_MIN", 15, Decoders.whole(8, 128))
  const plain = reading.withDefault("ITSM_SMTP_PLAIN", "refuse", Decoders.oneOf("refuse", "allow"))
  const level = reading.withDefault(
    "LOG_LEVEL",
    "info",
    Decoders.oneOf("trace", "debug", "info", "warn", "error", "fatal", "none")
  )
  const config: Config = {
    port: reading.withDefault("PORT", 3000, Decoders.whole(0, 65_535)),
    host: reading.withDefault("HOST", "127.0.0.1", Decoders.text),
    storage,
    dataDir: reading.optional("ITSM_DATA_DIR", Decoders.text),
    rowLevelSecurity: reading.withDefault("ITSM_ROW_LEVEL_SECURITY", "on", Decoders.oneOf("on", "off")),
    publicUrl: reading.optional("ITSM_PUBLIC_URL", Decoders.webUrl),
    role: roleOf(reading, storage),
    demo: reading.optional("ITSM_DEMO", Decoders.oneOf("on", "off")),
    demoPassword: reading.secret("ITSM_DEMO_PASSWORD", Decoders.text),
    adminPassword: reading.secret("ITSM_ADMIN_PASSWORD", Decoders.text),
    signingKeys: reading.secret("ITSM_SIGNING_KEYS", Decoders.signingKeys),
    encryptionKey: reading.secret("ITSM_ENCRYPTION_KEY", Decoders.encryptionKey),
    earlierEncryptionKeys: reading.secret("ITSM_ENCRYPTION_KEY_PREVIOUS", Decoders.encryptionKeys),
    smtpUrl: reading.secret("SMTP_URL", Decoders.smtpUrl(plain === "allow")),
    mailFrom: reading.withDefault("ITSM_MAIL_FROM", "ITSM <itsm@localhost>", Decoders.text),
    passwordMinimum,
    trustedProxies: reading.withDefault("ITSM_TRUSTED_PROXIES", [], Decoders.networks),
    corsOrigins: reading.withDefault("ITSM_CORS_ORIGINS", [], Decoders.origins),
    modules: reading.withDefault("ITSM_MODULES", [], Decoders.names),
    rateLimits: limitsOf(reading),
    accounts: {
      registration: reading.withDefault("ITSM_REGISTRATION", "closed", Decoders.oneOf(...registrationModes)),
      registrationOrganization: reading.optional("ITSM_REGISTRATION_ORGANIZATION", Decoders.text) ?? null,
      refreshGraceSeconds: reading.withDefault("ITSM_REFRESH_GRACE_SECONDS", 0, Decoders.whole(0, 30))
    },
    logLevel: logLevels[level],
    problemTypeBase: reading.withDefault("ITSM_PROBLEM_TYPE_BASE", defaultTypeBase, (given) => {
      const decoded = Decoders.webUrl(given)
      return "value" in decoded ? { value: `${decoded.value}/` } : decoded
    })
  }
  return reading.mistakes.length > 0 ? { mistakes: reading.mistakes } : { config, unknown: reading.unknown() }
}
