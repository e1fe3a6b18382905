import type { Actor } from "../access/actor.ts"
import type { AnyEntity, AnyRecord } from "./entity.ts"
import type { Id } from "./id.ts"
import type { Instant } from "./instant.ts"

interface By {
  readonly now: Instant
  readonly actor: Pick<Actor, "id" | "organizationId">
}

/** A new record with the envelope of its role. */
export const stamp = ({ role }: Pick<AnyEntity, "role">, by: By, id: string, draft: object): AnyRecord => {
  const { id: actorId, organizationId } = by.actor
  const own = { id: id as Id<string>, organizationId }
  const times = { createdAt: by.now, createdById: actorId, updatedAt: by.now, updatedById: actorId }
  switch (role) {
    case "log":
      return { ...own, createdAt: by.now, ...draft } as AnyRecord
    case "queue":
      return { ...own, version: 1, createdAt: by.now, ...draft } as AnyRecord
    case "setting":
      return { ...own, version: 1, updatedAt: by.now, updatedById: actorId, ...draft } as AnyRecord
    default:
      return { ...own, version: 1, ...times, deletedAt: null, deletedById: null, ...draft } as AnyRecord
  }
}

/** A changed record: one version on, the envelope otherwise that of `before`. */
export const restamp = (
  { role }: Pick<AnyEntity, "role">,
  by: By,
  before: AnyRecord,
  after: Readonly<Record<string, unknown>>
): AnyRecord => {
  const next = { ...before, ...after, id: before.id, organizationId: before.organizationId }
  const version = before.version + 1
  const changed = { version, updatedAt: by.now, updatedById: by.actor.id }
  switch (role) {
    case "queue":
      return { ...next, version, createdAt: before.createdAt }
    case "setting":
      return { ...next, ...changed }
    default:
      return { ...next, createdAt: before.createdAt, createdById: before.createdById, ...changed }
  }
}
