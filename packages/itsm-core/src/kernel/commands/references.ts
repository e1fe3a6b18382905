import { Effect } from "effect"
import type { Actor } from "../access/actor.ts"
import { problemsIn } from "../access/named.ts"
import type { AnyEntity } from "../model/entity.ts"
import { ValidationFailed } from "../model/errors.ts"
import type { KernelShape } from "../running/kernel.ts"
import type { Command } from "./command.ts"

/** The input of a command, where it is well formed and names only records that the actor may use. */
export const readInput = Effect.fnUntraced(function* <In>(
  kernel: KernelShape,
  actor: Actor,
  command: Pick<Command<AnyEntity, In, unknown, AnyEntity>, "decode" | "references">,
  raw: unknown
) {
  const input = yield* Effect.fromResult(command.decode(raw))
  const errors = yield* problemsIn(kernel, actor, command.references, input)
  return errors.length === 0 ? input : yield* new ValidationFailed({ errors })
})
