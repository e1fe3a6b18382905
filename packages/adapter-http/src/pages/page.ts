import type { Effect } from "effect"
import type { Kernel } from "@itsm/core/kernel"
import type { Reply } from "../reply.ts"

/** Something to read outside the API: documents, health, metrics, public keys. It has no caller and no query. */
export interface Page<R = never> {
  readonly path: string
  /** Why nobody counts who reads it; left out, its readers are limited like all whom nobody knows. */
  readonly unlimited?: string
  /** `path` is the one that was asked for, with or without a slash at its end. */
  readonly run: (path: string) => Effect.Effect<Reply, never, Kernel.Kernel | R>
}
