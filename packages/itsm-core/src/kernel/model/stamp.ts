import type { Actor } from "../access/actor.ts"
import type { AnyRecord } from "./entity.ts"
import type { Id } from "./id.ts"
import type { Instant } from "./instant.ts"

interface By {
  readonly now: Instant
  readonly actor: Pick<Actor, "id" | "organizationId">
}

/** A new record with its envelope. */
export const stamp = (by: By, id: string, draft: object): AnyRecord => ({
  id: id as Id<string>,
  organizationId: by.actor.organizationId,
  version: 1,
  createdAt: by.now,
  createdById: by.actor.id,
  updatedAt: by.now,
  updatedById: by.actor.id,
  deletedAt: null,
  deletedById: null,
  ...draft
})

/** A changed record: one version on, the envelope otherwise that of `before`. */
export const restamp = (by: By, before: AnyRecord, after: Readonly<Record<string, unknown>>): AnyRecord => ({
  ...before,
  ...after,
  id: before.id,
  organizationId: before.organizationId,
  createdAt: before.createdAt,
  createdById: before.createdById,
  version: before.version + 1,
  updatedAt: by.now,
  updatedById: by.actor.id
})
