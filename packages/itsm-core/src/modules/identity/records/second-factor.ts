import { Option, Schema } from "effect"
import { Entity, Id, Instant, Text } from "../../../kernel/index.ts"

const pendingMs = 10 * 60_000
const windowMs = 60 * 60_000
const mostFailures = 10

/** The one-time passwords of a user: offered, then verified and on; kept when it is off, with nothing in it. */
export const SecondFactor = Entity.define("SecondFactor", {
  plural: "secondFactors",
  role: "internal",
  fields: {
    userId: Entity.managed(Id.Id("User")),
    /** Encrypted; null where it is off. */
    sealedSecret: Entity.secret(Schema.NullOr(Schema.String)),
    /** Until when an offered secret can be verified. */
    pendingUntil: Entity.managed(Schema.NullOr(Instant.Instant)),
    enabledAt: Entity.managed(Schema.NullOr(Instant.Instant)),
    /** The time step of the last code that was taken: no code of it or before it is taken again. */
    lastStep: Entity.managed(Text.Whole(0, Number.MAX_SAFE_INTEGER), 0),
    /** Hashes of the recovery codes that are left. */
    recoveryHashes: Entity.secret(Schema.Array(Schema.String), []),
    /** When codes were refused, in the last hour. */
    failedAt: Entity.managed(Schema.Array(Instant.Instant), [])
  },
  unique: [["userId"]],
  remembered: { about: "userId", onlyChanges: true }
})
export type SecondFactor = Entity.RecordOf<typeof SecondFactor>
type Patch = Partial<SecondFactor>

/** Nothing is left of it but the failures, which go on to count. */
export const off: Patch = { sealedSecret: null, pendingUntil: null, enabledAt: null, recoveryHashes: [] }

/** A secret that was shown once, and waits to be verified. */
export const offered = (sealedSecret: string, now: Instant.Instant): Patch => ({
  ...off,
  sealedSecret,
  pendingUntil: Instant.plusMs(now, pendingMs)
})

export const enabled = (recoveryHashes: ReadonlyArray<string>, now: Instant.Instant): Patch => ({
  pendingUntil: null,
  enabledAt: now,
  recoveryHashes
})

export const isPending = (factor: SecondFactor, now: Instant.Instant): boolean =>
  factor.enabledAt === null && factor.pendingUntil !== null && now < factor.pendingUntil

const recent = (factor: SecondFactor, now: Instant.Instant) =>
  factor.failedAt.filter((at) => Instant.elapsedMs(at, now) < windowMs)

/** Seconds until another code may be tried: ten may fail in an hour. */
export const waitSeconds = (factor: SecondFactor, now: Instant.Instant): number => {
  const oldest = recent(factor, now).at(-mostFailures)
  return oldest === undefined ? 0 : Math.ceil((windowMs - Instant.elapsedMs(oldest, now)) / 1000)
}

export const failed = (factor: SecondFactor, now: Instant.Instant): Patch => ({
  failedAt: [...recent(factor, now), now]
})

/** The step is used, unless it or a later one was used before. */
export const useStep = (factor: SecondFactor, step: number): Option.Option<Patch> =>
  step > factor.lastStep ? Option.some({ lastStep: step }) : Option.none()

/** The recovery code with this hash is used, if it is left. */
export const useRecovery = (factor: SecondFactor, hash: string): Option.Option<Patch> =>
  factor.recoveryHashes.includes(hash)
    ? Option.some({ recoveryHashes: factor.recoveryHashes.filter((each) => each !== hash) })
    : Option.none()
