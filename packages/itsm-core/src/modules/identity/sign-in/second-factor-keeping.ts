import { Effect, Option } from "effect"
import { Errors, Id, Instant, type Kernel, Stamp, type Store } from "../../../kernel/index.ts"
import { MfaCodeInvalid, MfaCodeRequired, MfaEnforced } from "../records/authentication-errors.ts"
import type { OwnUser } from "./own-user.ts"
import { newRecoveryCodes } from "./recovery-codes.ts"
import { enabled, isPending, off, offered, SecondFactor } from "../records/second-factor.ts"
import { bothFactors, type SecondFactorCheck } from "./second-factor-check.ts"
import { SecretBox } from "../records/secret-box.ts"
import { Session } from "../records/session.ts"
import { asUser, recorded, revised, seldomDenier } from "../records/sign-in-records.ts"
import type { Standing } from "./standing.ts"
import { Totp } from "./totp.ts"
import type { User } from "../records/user.ts"

const conflict = (action: string, isOn: boolean) =>
  new Errors.StateConflict({
    action,
    currentState: isOn ? "on" : "off",
    allowedActions: [isOn ? "disable" : "enable"]
  })

/** How signed-in people turn their second factor on and off, and prove anew who they are. */
export const make = (kernel: Kernel.KernelShape, factors: SecondFactorCheck, own: OwnUser, standing: Standing) => {
  const seldomDenied = seldomDenier(kernel)
  /** The changes, and on record what they are. */
  const commit = <E>(user: User, action: string, changes: ReadonlyArray<Store.Change>, raced: () => E) =>
    Effect.flatMap(recorded(user, action, "allow", null), (entry) =>
      Effect.mapError(kernel.store.commit({ organizationId: user.organizationId }, [...changes, entry]), raced)
    )
  const usedBefore = () => new MfaCodeInvalid({})
  const isOn = (factor: Option.Option<SecondFactor>) => Option.isSome(factor) && factor.value.enabledAt !== null

  /** A secret is offered to the caller, shown this once; codes are asked for once one of it is verified. */
  const enableSecondFactor = Effect.fnUntraced(function* (password: string) {
    const { actor, user } = yield* own.self
    yield* own.recently(actor)
    yield* own.prove(user, password)
    const factor = yield* factors.of(user)
    if (isOn(factor)) return yield* conflict("enable", true)
    const totp = yield* Totp
    const box = yield* SecretBox
    const now = yield* Instant.now
    const fresh = yield* Id.idSource
    const by = asUser(user)
    const secret = yield* totp.generate
    const offer = offered(yield* box.seal(secret, user.id), now)
    const draft = SecondFactor.make({
      userId: user.id,
      sealedSecret: null,
      pendingUntil: null,
      enabledAt: null,
      ...offer
    })
    const change: Store.Change = Option.match(factor, {
      onNone: () => ({
        kind: "insert",
        entity: SecondFactor,
        record: Stamp.stamp(SecondFactor, { now, actor: by }, fresh(), draft)
      }),
      onSome: (before) => revised(SecondFactor, by, now, before, offer)
    })
    yield* commit(user, "user.mfa_offered", [change], () => new Errors.Contention({}))
    return { secret, otpauthUrl: totp.uri(user.email, secret), expiresIn: 600 }
  })

  /** The offered second factor is on: the recovery codes, shown this once. */
  const verifySecondFactor = Effect.fnUntraced(function* (code: string) {
    const { user } = yield* own.self
    const factor = yield* factors.of(user)
    const now = yield* Instant.now
    if (Option.isNone(factor) || !isPending(factor.value, now)) return yield* conflict("verify", isOn(factor))
    const { codes, hashes } = yield* newRecoveryCodes
    const changes = yield* factors.check(user, factor.value, { code }, { patch: enabled(hashes, now) })
    yield* commit(user, "user.mfa_enabled", changes, usedBefore)
    return codes
  })

  /** No sign-in of the caller asks for a code any more. */
  const disableSecondFactor = Effect.fnUntraced(function* (password: string, code: string) {
    const { actor, user } = yield* own.self
    if (yield* standing.needsSecondFactor(user)) {
      yield* seldomDenied(user, "user.mfa_disabled", "the organization asks for a second factor")
      return yield* new MfaEnforced({})
    }
    yield* own.recently(actor)
    yield* own.prove(user, password)
    const factor = yield* factors.active(user)
    if (Option.isNone(factor)) return yield* conflict("disable", false)
    const changes = yield* factors.check(user, factor.value, { code }, { patch: off })
    yield* commit(user, "user.mfa_disabled", changes, usedBefore)
  })

  /** The caller has proved anew, in this session, who they are: when that was. */
  const reauthenticate = Effect.fnUntraced(function* (password: string, code: string | undefined) {
    const { actor, user } = yield* own.self
    yield* own.prove(user, password)
    const factor = yield* factors.active(user)
    const session = yield* own.session(actor)
    const now = yield* Instant.now
    const renewed = (amr: ReadonlyArray<string>) =>
      revised(Session, asUser(user), now, session, { authenticatedAt: now, amr })
    if (Option.isNone(factor)) {
      yield* commit(user, "user.reauthenticated", [renewed(["pwd"])], () => new Errors.Contention({}))
    } else {
      if (code === undefined) {
        yield* seldomDenied(user, "user.reauthenticated", "no code of the second factor")
        return yield* new MfaCodeRequired({})
      }
      const changes = yield* factors.check(user, factor.value, { code })
      yield* commit(user, "user.reauthenticated", [...changes, renewed(bothFactors)], usedBefore)
    }
    return now
  })

  return { enableSecondFactor, verifySecondFactor, disableSecondFactor, reauthenticate }
}
