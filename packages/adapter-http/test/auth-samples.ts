import { ApiKey, type Entity, Session, User } from "@itsm/core"
import type { Samples } from "@itsm/core/testing"
import { Effect } from "effect"
import { access } from "./auth-access.ts"
import { password } from "./instance.ts"

/** What the endpoints of accounts and sign-in are about, by the part of their path behind `/auth/`. */
export const entityOfAuth = (part: string): Entity.AnyEntity =>
  part === "sessions" ? Session : part === "api-keys" ? ApiKey : User

/** Samples of the endpoints that no module has: their records come from signing in. */
export const authSamples: Samples = {
  records: () => Effect.succeed({}),
  inputs: ({ slug }) => {
    const credentials = { email: `user@${slug}.example`, password }
    return {
      "auth.login": credentials,
      "auth.token": credentials,
      "auth.refresh": { refreshToken: "itsm_rt_0000000000000000000000000000000000000000000" },
      "auth.logout": {},
      "auth.enable_mfa": { password: "not the password" },
      "auth.verify_mfa": { code: "000000" },
      "auth.disable_mfa": { password, code: "000000" },
      "auth.reauthenticate": { password },
      "auth.request_password_reset": { email: "nobody@nowhere.example" },
      "auth.reset_password": { token: "itsm_pr_nothing", newPassword: "nine quiet herons wade" },
      "auth.register": {
        email: `new@${slug}.example`,
        password: "nine quiet herons wade",
        displayName: "New",
        inviteToken: "itsm_iv_nothing"
      },
      "auth.verify_email": { token: "itsm_ev_nothing" },
      "auth.create_api_key": {
        name: "Nightly report",
        scopes: ["nothing.at_all"],
        expiresAt: new Date(Date.now() + 86_400_000).toISOString()
      },
      "auth.update_me": { phone: "+49 30 654321" },
      "auth.change_password": { currentPassword: password, newPassword: "too short" }
    }
  },
  access
}
