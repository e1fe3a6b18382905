import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto"
import { Result } from "effect"
import type { Order } from "@itsm/core/kernel"
import { InvalidCursor } from "../refusal.ts"

type Position = ReadonlyArray<Order.SortValue>

export type CursorKey = KeyObject
export const keyOf = (bytes: Uint8Array): CursorKey => createSecretKey(bytes)

const seal = (key: CursorKey, binding: string, payload: string) =>
  createHmac("sha256", key).update(`${binding}\0${payload}`).digest().subarray(0, 16)

/** A place in one list: of no use in another list, organization, filter or order. */
export const write = (key: CursorKey, binding: string, position: Position): string => {
  const payload = Buffer.from(JSON.stringify(position)).toString("base64url")
  return `${payload}.${seal(key, binding, payload).toString("base64url")}`
}

const shape = /^([A-Za-z0-9_-]{1,4000})\.([A-Za-z0-9_-]{22})$/

export const read = (key: CursorKey, binding: string, cursor: string): Result.Result<Position, InvalidCursor> => {
  const [, payload, tag] = shape.exec(cursor) ?? []
  if (payload === undefined || tag === undefined) return Result.fail(new InvalidCursor({}))
  const given = Buffer.from(tag, "base64url")
  const isOurs = given.toString("base64url") === tag && timingSafeEqual(given, seal(key, binding, payload))
  return isOurs
    ? Result.succeed(JSON.parse(Buffer.from(payload, "base64url").toString()) as Position)
    : Result.fail(new InvalidCursor({}))
}
