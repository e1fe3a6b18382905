import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto"
import { Effect } from "effect"
import type { SecretBoxShape } from "@itsm/core/identity"

const algorithm = "aes-256-gcm"
const ivBytes = 12
const tagBytes = 16

const keyIdOf = (key: Uint8Array) => createHash("sha256").update(key).digest("hex").slice(0, 8)

/**
 * AES-256-GCM: `key id.iv.ciphertext and tag`. What was sealed for one owner, or with another key, or was altered since,
 * does not open.
 */
export const aesGcm = (key: Uint8Array): SecretBoxShape => {
  const keyId = keyIdOf(key)
  return {
    seal: (text, owner) =>
      Effect.sync(() => {
        const iv = randomBytes(ivBytes)
        const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(owner))
        const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()])
        return [keyId, iv.toString("base64url"), sealed.toString("base64url")].join(".")
      }),
    open: (sealed, owner) =>
      Effect.sync(() => {
        const [id, iv = "", body = ""] = sealed.split(".")
        if (id !== keyId) throw new Error("A stored secret was encrypted with another key than ITSM_ENCRYPTION_KEY.")
        const bytes = Buffer.from(body, "base64url")
        const decipher = createDecipheriv(algorithm, key, Buffer.from(iv, "base64url"), { authTagLength: tagBytes })
        decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(-tagBytes))
        return decipher.update(bytes.subarray(0, -tagBytes), undefined, "utf8") + decipher.final("utf8")
      })
  }
}
