import { Effect, Option } from "effect"
import { type Actor, nobody } from "./actor.ts"
import { eq } from "../model/condition.ts"
import type { AnyEntity, AnyRecord, RecordOf } from "../model/entity.ts"
import type { Kernel } from "../running/kernel.ts"

/** Who may use an operation: whoever is signed in, anybody at all, or the bearer of a secret that names one record. */
export type Access = "actor" | "anonymous" | Bearer

/** Recognizes the secrets of links: each stands for one record, and for what may be done with that. */
export interface Bearer {
  readonly kind: "token"
  readonly entity: AnyEntity
  /** Nobody, for a secret that stands for nothing, or no longer. */
  readonly resolve: (secret: string) => Effect.Effect<Option.Option<Actor>, never, Kernel>
}

/** The bearer of a secret: without a name, and with these permissions on this one record. */
export const actorFor = (record: AnyRecord, permissions: ReadonlyArray<string>): Actor => ({
  ...nobody,
  organizationId: record.organizationId,
  grants: permissions.map((permission) => ({
    permission,
    effect: "allow",
    scope: "organization",
    condition: eq("id", record.id),
    source: "link"
  }))
})

/** How the secrets of an entity's records are recognized: `find` looks for the record, by the hash of the secret. */
export const of = <E extends AnyEntity>(
  entity: E,
  spec: {
    readonly permissions: ReadonlyArray<string>
    readonly find: (secret: string) => Effect.Effect<Option.Option<RecordOf<E>>, never, Kernel>
  }
): Bearer => ({
  kind: "token",
  entity,
  resolve: (secret) =>
    Effect.map(
      spec.find(secret),
      Option.map((record) => actorFor(record as AnyRecord, spec.permissions))
    )
})

export const kindOf = (access: Access): "actor" | "anonymous" | "token" =>
  typeof access === "string" ? access : access.kind
