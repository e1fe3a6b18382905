import type { Actor } from "@itsm/core/kernel"

/** How many requests a minute one of these may make; 0 for any number. */
export interface Limits {
  readonly user: number
  readonly api_key: number
  readonly organization: number
  readonly anonymous: number
  readonly login: number
}

export type PolicyName = keyof Limits

export const defaultLimits: Limits = { user: 600, api_key: 1200, organization: 6000, anonymous: 60, login: 20 }

export const windowMs = 60_000

/** What a request takes a point from: a policy, and whose points they are. */
export interface Charge {
  readonly policy: PolicyName
  readonly subject: string
}

/** Where a request goes in, and from where it comes. */
export interface Entrance {
  /** The route's template below the base path, or the path of a page. */
  readonly route: string
  readonly address: string | null
}

const signIns = new Set(["/auth/login/", "/auth/token/"])

/** Routes where guessing pays: they stay shut while nothing can be counted. */
export const isGuarded = ({ route }: Entrance): boolean => route.startsWith("/auth/")

const subjectOf = ({ apiKeyId, id, kind }: Actor.Actor): Charge =>
  apiKeyId === undefined ? { policy: "user", subject: id ?? kind } : { policy: "api_key", subject: apiKeyId }

/** What a request is charged with, in this order; every route is covered, whether or not its caller is known. */
export const chargesOf = (
  entrance: Entrance,
  actor: Actor.Actor | null,
  bucketOf: (address: string) => string
): ReadonlyArray<Charge> => {
  if (actor !== null) return [subjectOf(actor), { policy: "organization", subject: actor.organizationId }]
  const subject = bucketOf(entrance.address ?? "")
  return signIns.has(entrance.route)
    ? [
        { policy: "login", subject },
        { policy: "anonymous", subject }
      ]
    : [{ policy: "anonymous", subject }]
}
