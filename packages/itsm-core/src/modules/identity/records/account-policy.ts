import { Context } from "effect"

/** Who may make an account for themselves. */
export const registrationModes = ["closed", "invite", "domain", "open"] as const

/** What the operator of the installation decides about accounts. */
export interface AccountPolicyShape {
  readonly registration: (typeof registrationModes)[number]
  /** The slug of the organization that open registration leads into; `null` for the one that was founded first. */
  readonly registrationOrganization: string | null
  /** 0 to 30: how long a refresh token that was used may be used once more, its successor dying with it. */
  readonly refreshGraceSeconds: number
}

export const AccountPolicy = Context.Reference<AccountPolicyShape>("@itsm/core/AccountPolicy", {
  defaultValue: () => ({ registration: "closed", registrationOrganization: null, refreshGraceSeconds: 0 })
})
