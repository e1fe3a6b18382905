import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto"
import { Effect } from "effect"
import { type SecretBoxShape, SecretUnreadable } from "@itsm/core/identity"

const algorithm = "aes-256-gcm"
const ivBytes = 12
const tagBytes = 16

const keyIdOf = (key: Uint8Array) => createHash("sha256").update(key).digest("hex").slice(0, 8)

/**
 * AES-256-GCM: `key id.iv.ciphertext and tag`. What was sealed for one owner, or was altered since, does not open for
 * another. The first key seals; what an earlier one has sealed is still read with it.
 */
export const aesGcm = (key: Uint8Array, earlier: ReadonlyArray<Uint8Array> = []): SecretBoxShape => {
  const keyId = keyIdOf(key)
  const keys = new Map([key, ...earlier].map((each) => [keyIdOf(each), each]))
  const unreadable = (id: string, why: string) =>
    Effect.andThen(
      Effect.logError("a stored secret cannot be decrypted", { keyId: id, known: [...keys.keys()], why }),
      Effect.fail(new SecretUnreadable({}))
    )
  return {
    isCurrent: (sealed) => sealed.startsWith(`${keyId}.`),
    seal: (text, owner) =>
      Effect.sync(() => {
        const iv = randomBytes(ivBytes)
        const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(owner))
        const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()])
        return [keyId, iv.toString("base64url"), sealed.toString("base64url")].join(".")
      }),
    open: (sealed, owner) => {
      const [id = "", iv = "", body = ""] = sealed.split(".")
      const known = keys.get(id)
      if (known === undefined) return unreadable(id, "another key than ITSM_ENCRYPTION_KEY has encrypted it")
      return Effect.try({
        try: () => {
          const bytes = Buffer.from(body, "base64url")
          const decipher = createDecipheriv(algorithm, known, Buffer.from(iv, "base64url"), { authTagLength: tagBytes })
          decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(-tagBytes))
          return decipher.update(bytes.subarray(0, -tagBytes), undefined, "utf8") + decipher.final("utf8")
        },
        catch: () => "altered" as const
      }).pipe(Effect.catch(() => unreadable(id, "it was altered, or belongs to another user")))
    }
  }
}
