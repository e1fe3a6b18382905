import { Result } from "effect"
import { type Network, parseNetwork } from "../../src/limits/address.ts"
import * as SigningKeys from "../../src/auth/signing-keys.ts"
import type { Decoder } from "./reading.ts"

export const text: Decoder<string> = (value) =>
  value.trim() === "" ? { remedy: "Give it a value, or leave it out." } : { value }

export const whole =
  (minimum: number, maximum: number): Decoder<number> =>
  (given) => {
    const value = /^\d{1,9}$/.test(given.trim()) ? Number(given) : Number.NaN
    return value >= minimum && value <= maximum
      ? { value }
      : { remedy: `Use a whole number from ${minimum} to ${maximum}.` }
  }

export const oneOf =
  <const A extends string>(...choices: ReadonlyArray<A>): Decoder<A> =>
  (given) => {
    const value = choices.find((choice) => choice === given.trim().toLowerCase())
    return value === undefined ? { remedy: `Use one of: ${choices.join(", ")}.` } : { value }
  }

const urlOf = (given: string) => (URL.canParse(given) ? new URL(given) : undefined)

export const databaseUrl: Decoder<string> = (given) => {
  const url = urlOf(given)
  return url !== undefined && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1
    ? { value: given }
    : { remedy: "Use postgres://user:password@host:5432/database." }
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** Passwords and links do not travel in the clear, but on this machine or where that is said to be meant. */
export const smtpUrl =
  (plainIsAllowed: boolean): Decoder<string> =>
  (given) => {
    const url = urlOf(given)
    if (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === "")
      return { remedy: "Use smtps://user:password@host:465." }
    return url.protocol === "smtps:" || plainIsAllowed || loopback.test(url.hostname)
      ? { value: given }
      : { remedy: "Use smtps://, or set ITSM_SMTP_PLAIN=allow to send mail without encryption." }
  }

export const webUrl: Decoder<string> = (given) => {
  const url = urlOf(given)
  return url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.search === "" &&
    url.hash === ""
    ? { value: given.replace(/\/+$/, "") }
    : {
        remedy:
          "Use an absolute http or https URL without credentials, query and fragment, such as https://itsm.example.org."
      }
}

const listOf =
  <A>(parse: (item: string) => A | undefined, remedy: string): Decoder<ReadonlyArray<A>> =>
  (given) => {
    const items = given.split(",").map((item) => parse(item.trim()))
    const value = items.filter((item) => item !== undefined)
    return value.length === items.length ? { value } : { remedy }
  }

export const networks: Decoder<ReadonlyArray<Network>> = listOf(
  parseNetwork,
  "Use addresses or networks, separated by commas: 10.0.0.0/8, 2001:db8::1."
)

export const names: Decoder<ReadonlyArray<string>> = listOf(
  (name) => (name === "" ? undefined : name),
  "Use paths or names of packages, separated by commas: ./loans.js, @acme/itsm-loans."
)

/** An origin as browsers send it; there is no wildcard, for then any site could use what its visitors may reach. */
const origin = (given: string): string | undefined => {
  const url = urlOf(given)
  const isOrigin = url !== undefined && /^https?:$/.test(url.protocol) && url.origin === given
  return isOrigin && !given.includes("*") ? given : undefined
}

export const origins: Decoder<ReadonlyArray<string>> = listOf(
  origin,
  "Use origins without a path, separated by commas: https://desk.example.org, http://localhost:5173. A wildcard is not taken."
)

export const signingKeys: Decoder<SigningKeys.SigningKeys> = (given) =>
  Result.match(SigningKeys.read(given), {
    onSuccess: (value) => ({ value }),
    onFailure: (problem) => ({
      remedy: `It ${problem}. Give {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": …, "x": …, "d": …}]}, or leave it out to have one generated and kept.`
    })
  })

export const encryptionKey: Decoder<Uint8Array> = (given) => {
  const isBase64 = /^[A-Za-z0-9+/_-]{43}=?$/.test(given.trim())
  const value = new Uint8Array(Buffer.from(given.trim(), "base64"))
  return isBase64 && value.length === 32
    ? { value }
    : {
        remedy:
          "Use 32 random bytes in base64, as `openssl rand -base64 32` prints them, or leave it out to have them generated and kept."
      }
}

/** Earlier keys, with commas between them. */
export const encryptionKeys: Decoder<ReadonlyArray<Uint8Array>> = (given) => {
  const decoded = given.split(",").map(encryptionKey)
  const keys = decoded.flatMap((each) => ("value" in each ? [each.value] : []))
  return keys.length === decoded.length
    ? { value: keys }
    : { remedy: "Use the former values of ITSM_ENCRYPTION_KEY, with commas between them." }
}
