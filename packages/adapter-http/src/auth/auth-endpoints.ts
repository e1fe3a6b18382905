import type { Authentication } from "@itsm/core/identity"
import type { Endpoint } from "../endpoint.ts"
import type { AccessTokens } from "./access-token.ts"
import { accountEndpoints } from "./account-endpoints.ts"
import { apiKeyEndpoints } from "./api-key-endpoints.ts"
import { passwordResetEndpoints } from "./password-reset-endpoints.ts"
import { registrationEndpoints } from "./registration-endpoints.ts"
import { secondFactorEndpoints } from "./second-factor-endpoints.ts"
import { signInEndpoints } from "./sign-in-endpoints.ts"

/** Everything under `/auth/`. */
export const authEndpoints = (tokens: AccessTokens): ReadonlyArray<Endpoint<Authentication>> => [
  ...signInEndpoints(tokens),
  ...secondFactorEndpoints(tokens),
  ...passwordResetEndpoints,
  ...registrationEndpoints,
  ...accountEndpoints,
  ...apiKeyEndpoints
]
