import { Effect, Layer, Result } from "effect"
import { MemoryStore } from "@itsm/adapter-memory"
import { SigningKeys } from "../../src/auth/index.ts"
import { documentOfServer } from "../application.ts"
import type { Config } from "../config/config.ts"
import { domainOn } from "../domain.ts"
import { type Extension, modulesOf } from "../extensions.ts"
import { say } from "../terminal.ts"

/** Prints the OpenAPI document; it needs no database. */
export const openapi = (config: Config, extensions: ReadonlyArray<Extension>) =>
  Effect.gen(function* () {
    const services = yield* domainOn(yield* Layer.build(MemoryStore.layer), config.passwordMinimum, {
      modules: modulesOf(extensions)
    })
    const signingKeys = Result.getOrThrow(SigningKeys.read(SigningKeys.generate()))
    const document = documentOfServer(services, config, { signingKeys, cursorKey: new Uint8Array(32) })
    return yield* say(JSON.stringify(document, null, 2))
  }).pipe(Effect.scoped)
