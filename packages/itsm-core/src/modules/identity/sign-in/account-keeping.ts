import { Effect } from "effect"
import { Actor, Condition, Errors, Instant, Kernel, Shell, Visible } from "../../../kernel/index.ts"
import { asSelf, changePassword as changing, endSession as ending } from "../people/own-account.ts"
import type { OwnUser } from "./own-user.ts"
import { checkPassword, hashPassword } from "../records/password.ts"
import { openSessionsOf, Session } from "../records/session.ts"

/** What a signed-in person does with their own account: password and sessions. */
export const make = (kernel: Kernel.KernelShape, own: OwnUser) => {
  const self = Effect.map(own.self, ({ actor, user }) => ({ actor: asSelf(actor), user }))

  const asCaller = <A, E, R>(actor: Actor.Actor, effect: Effect.Effect<A, E, R>) =>
    effect.pipe(Actor.provide(actor), Effect.provideService(Kernel.Kernel, kernel))

  /** The new password is the caller's, and every other session of theirs has ended: how many those were. */
  const changePassword = Effect.fnUntraced(function* (currentPassword: string, newPassword: string) {
    const { actor, user } = yield* self
    const knownHash = yield* own.prove(user, currentPassword)
    yield* checkPassword(newPassword, "/newPassword", [user.email, user.displayName])
    const input = { knownHash, newHash: yield* hashPassword(newPassword) }
    const outcome = yield* asCaller(actor, Shell.execute(changing, { id: user.id, input: Effect.succeed(input) }))
    const [event] = "events" in outcome ? outcome.events : []
    return (event?.data as { readonly endedSessions?: number } | undefined)?.endedSessions ?? 0
  })

  /** The caller's own sessions that have not ended, newest first. */
  const sessions = Effect.gen(function* () {
    const { actor, user } = yield* self
    const now = yield* Instant.now
    const page = yield* Visible.list(kernel, actor, Session, {
      where: Condition.all([openSessionsOf(user.id), { field: "expiresAt", op: "gt", value: now }]),
      sort: [{ field: "createdAt", direction: "desc" }],
      limit: 1000
    })
    return page.items as unknown as ReadonlyArray<Session>
  })

  const session = Effect.fnUntraced(function* (id: string) {
    const found = (yield* sessions).find((each) => each.id === id)
    return found ?? (yield* new Errors.NotFound({}))
  })

  /** The session, which must be one of the caller's own, has ended. */
  const endSession = Effect.fnUntraced(function* (id: string) {
    const { actor } = yield* self
    const owned = yield* session(id)
    yield* asCaller(actor, Shell.execute(ending, { id: owned.id, input: Effect.succeed({}) }))
  })

  /** Every session of the caller but the present one has ended. */
  const endOtherSessions = Effect.gen(function* () {
    const { actor } = yield* self
    const others = (yield* sessions).filter(({ id }) => id !== actor.sessionId)
    yield* Effect.forEach(
      others,
      ({ id }) =>
        // another request may have ended it first: that is the same end
        Effect.catchTag(
          asCaller(actor, Shell.execute(ending, { id, input: Effect.succeed({}) })),
          "NotFound",
          () => Effect.void
        ),
      { discard: true }
    )
  })

  return { changePassword, sessions, session, endSession, endOtherSessions }
}
