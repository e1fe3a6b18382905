import type { Catalogue } from "@itsm/core/kernel"
import type { ItsmPromises } from "@itsm/core/promise"
import { descriptor } from "./descriptor.ts"
import { createClient } from "./methods.ts"
import type { ClientOptions } from "./send.ts"

export { ItsmError, type Problem } from "./itsm-error.ts"
export { createClient } from "./methods.ts"
export type { ClientOptions } from "./send.ts"

/** The operations of the domain over HTTP: as in process, but that nothing comes back of what was deleted. */
export type ItsmClient<M extends Catalogue.Module = never> = {
  readonly [S in keyof ItsmPromises<M>]: {
    readonly [K in keyof ItsmPromises<M>[S]]: K extends "delete"
      ? ItsmPromises<M>[S][K] extends (...args: infer Args) => unknown
        ? (...args: Args) => Promise<void>
        : never
      : ItsmPromises<M>[S][K]
  }
}

/**
 * The domain of a server: `client.incidents.resolve(id, {…})`. What the server refuses rejects with an `ItsmError`. The
 * position of a page (`next`) is the server's cursor here: hand it back as `after`, with the same conditions and order.
 */
export const createItsmClient = (options: ClientOptions): ItsmClient => createClient<ItsmClient>(descriptor, options)
