export { ensureDatabase } from "./database.ts"
export {
  type EmbeddedError,
  EmbeddedFailed,
  EmbeddedInUse,
  EmbeddedUnavailable,
  EmbeddedUnreachable
} from "./errors.ts"
export { type EmbeddedOptions, type EmbeddedServer, startEmbedded } from "./start.ts"
