import { randomBytes } from "node:crypto"
import { Pool } from "pg"
import { statements } from "./statements.ts"

// as many connections as the server under test has
const pool = new Pool({ connectionString: process.env["DATABASE_URL"]!, max: 10 })

/** Runs one of the statements, prepared under its name on each connection. */
export const query = async (name: keyof typeof statements, values: ReadonlyArray<unknown>) =>
  (await pool.query({ name, text: statements[name], values })).rows

/** A UUID of version 7, as the server under test makes them. */
export const freshId = (): string => {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
