/**
 * What the routes of accounts and sign-in answer to each caller, for people to review. `foreign` is a record of another
 * organization. What ends the other sessions comes last.
 */
export const access = `
#      route                                 record       out  use age man adm   aud ope key
POST   /auth/login/                          -            200  200 200 200 200   200 200 200
POST   /auth/token/                          -            200  200 200 200 200   200 200 200
POST   /auth/token/refresh/                  -            401  401 401 401 401   401 401 401
POST   /auth/logout/                         -            401,401,401,204  204 204 204 204   204 204 403
GET    /auth/verify-token/                   -            401  200 200 200 200   200 200 200
GET    /auth/me/                             -            401  200 200 200 200   200 200 200
PATCH  /auth/me/                             -            401  200 200 200 200   200 200 403
POST   /auth/change-password/                -            401  422 422 422 422   422 422 403
POST   /auth/mfa/enable/                     -            401  401 401 401 401   401 401 403
POST   /auth/mfa/verify/                     -            401  409 409 409 409   409 409 403
POST   /auth/mfa/disable/                    -            401  409 409 409 409   409 409 403
POST   /auth/reauthenticate/                 -            401  200 200 200 200   200 200 403
POST   /auth/password-reset/                 -            202  202 202 202 202   202 202 202
POST   /auth/password-reset/confirm/         -            422  422 422 422 422   422 422 422
POST   /auth/register/                       -            404  404 404 404 404   404 404 404
POST   /auth/verify-email/                   -            422  422 422 422 422   422 422 422
GET    /auth/api-keys/                       -            401  403 200 200 200   403 403 403
POST   /auth/api-keys/                       -            401  403 422 422 422   403 403 403
GET    /auth/api-keys/{id}/                  agent        401  403 200 404 200   403 403 403
DELETE /auth/api-keys/{id}/                  foreign      401  403 404 404 404   403 403 403
GET    /auth/sessions/                       -            401  200 200 200 200   200 200 403
GET    /auth/sessions/{id}/                  caller       401  200 404 404 404   404 404 403
DELETE /auth/sessions/{id}/                  foreign      401  404 404 404 404   404 404 403
DELETE /auth/sessions/                       -            401  204 204 204 204   204 204 403
`
