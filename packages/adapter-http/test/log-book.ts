import { appendFileSync } from "node:fs"
import { join } from "node:path"
import { inject } from "vitest"
import { jsonLinesTo } from "../server/log.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of what the servers of the run log, and of the secrets that the tests send them and get from them. */
    readonly logBook: string
  }
}

const append = (file: string, text: string) => appendFileSync(join(inject("logBook"), file), text)

/** Keeps what a server has logged, for the scan at the end of the run. */
export const keepLog = (text: string) => append("log", text)

/** The logger of servers inside the tests: as the server's own, into the book. */
export const bookLogger = jsonLinesTo(keepLog)

const known = new Set<string>()
const isId = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i
/** Shorter ones, and ids, stand in logs for other reasons. */
const shortest = 12

/** Keeps what must not stand in any log. */
export const keepSecret = (secret: string) => {
  if (secret.length < shortest || isId.test(secret) || known.has(secret)) return
  known.add(secret)
  append("secrets", `${JSON.stringify(secret)}\n`)
}

const secretNames = new Set([
  "password",
  "currentPassword",
  "newPassword",
  "accessToken",
  "refreshToken",
  "mfaToken",
  "inviteToken",
  "token",
  "secret",
  "otpauthUrl",
  "recoveryCode",
  "recoveryCodes",
  "key",
  "d"
])

const keepAll = (value: unknown, isSecret: boolean): void => {
  if (typeof value === "string") return isSecret ? keepSecret(value) : undefined
  if (typeof value !== "object" || value === null) return
  for (const [name, each] of Object.entries(value))
    keepAll(each, secretNames.has(name) || (isSecret && Array.isArray(value)))
}

/** Keeps the secrets of a body that was sent or received, by the names of its fields. */
export const keepSecretsOf = (body: unknown) => keepAll(body, false)

/** Keeps the secrets among the settings of a server: what is secret in a URL, a set of keys, and the values as they are. */
export const keepSettings = (settings: Readonly<Record<string, string>>) => {
  for (const [name, value] of Object.entries(settings)) {
    if (!/PASSWORD$|_KEYS?$|_URL$/.test(name) || name === "ITSM_PUBLIC_URL") continue
    if (URL.canParse(value)) keepSecret(decodeURIComponent(new URL(value).password))
    else keepSecret(value)
    if (value.startsWith("{")) {
      try {
        keepSecretsOf(JSON.parse(value))
      } catch {
        // a test of what is no JSON
      }
    }
  }
}
