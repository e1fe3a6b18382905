/**
 * What each route answers to each caller, for people to review. Where the path has an id, the second column says of which
 * record; the columns after it are:
 *
 *   outside | end_user | agent | manager | admin   auditor | operator of the platform | API key
 *
 * Outside are nobody, an expired token, a forged token and the token of a disabled user: one status for all of them, or
 * one for each. The manager leads IT, the agent is a member of its desk, the end user reported the incidents, which belong
 * to the desk (but for the new one, which nobody has). `hidden` is an incident of another user in another department. The
 * auditor has a role of the organization's own, to read everything. The operator is a member of no organization here, and
 * gives no reason. The key is one of the administrator's, for `incident.read`. Commands are asked for as a dry run, so no
 * row depends on another; what ends the other sessions comes last.
 */
export const roleMatrix = `
GET    /organizations/                       -            401  200 200 200 200   200 200 403
POST   /organizations/                       -            401  403 403 403 403   403 201 403
GET    /organizations/{id}/                  own          401  200 200 200 200   200 200 403
PATCH  /organizations/{id}/                  own          401  403 403 403 200   403 200 403
GET    /organizations/{id}/transitions/      own          401  200 200 200 200   200 200 403
POST   /organizations/{id}/suspend/          own          401  403 403 403 403   403 200 403
POST   /organizations/{id}/restore/          own          401  403 403 403 403   403 409 403

GET    /departments/                         -            401  200 200 200 200   200 403 403
POST   /departments/                         -            401  403 403 403 201   403 403 403
GET    /departments/{id}/                    sales        401  200 200 200 200   200 403 403
PATCH  /departments/{id}/                    it           401  403 403 200 200   403 403 403
PATCH  /departments/{id}/                    sales        401  403 403 403 200   403 403 403
DELETE /departments/{id}/                    it           401  403 403 403 204   403 403 403
POST   /departments/{id}/restore/            deleted      401  403 403 403 200   403 403 403

GET    /teams/                               -            401  200 200 200 200   200 403 403
POST   /teams/                               -            401  403 403 403 201   403 403 403
GET    /teams/{id}/                          desk         401  200 200 200 200   200 403 403
PATCH  /teams/{id}/                          desk         401  403 403 200 200   403 403 403
DELETE /teams/{id}/                          desk         401  403 403 403 409   403 403 403
DELETE /teams/{id}/                          network      401  403 403 403 204   403 403 403
POST   /teams/{id}/restore/                  deleted      401  403 403 403 200   403 403 403

GET    /team-members/                        -            401  200 200 200 200   200 403 403
POST   /team-members/                        -            401  403 403 201 201   403 403 403
GET    /team-members/{id}/                   agent        401  200 200 200 200   200 403 403
PATCH  /team-members/{id}/                   agent        401  403 403 200 200   403 403 403
DELETE /team-members/{id}/                   agent        401  403 403 204 204   403 403 403
POST   /team-members/{id}/restore/           deleted      401  403 403 403 200   403 403 403

GET    /users/                               -            401  200 200 200 200   200 403 403
POST   /users/                               -            401  403 403 201 201   403 403 403
GET    /users/{id}/                          bystander    401  200 200 200 200   200 403 403
GET    /users/{id}/transitions/              bystander    401  200 200 200 200   200 403 403
PATCH  /users/{id}/                          caller       401  403 403 200 200   403 403 403
PATCH  /users/{id}/                          bystander    401  403 403 403 200   403 403 403
PATCH  /users/{id}/                          admin        401  403 403 403 200   403 403 403
DELETE /users/{id}/                          caller       401  403 403 403 204   403 403 403
POST   /users/{id}/restore/                  deleted      401  403 403 403 200   403 403 403
POST   /users/{id}/enable/                   invited      401  403 403 200 200   403 403 403
POST   /users/{id}/disable/                  caller       401  403 403 200 200   403 403 403
POST   /users/{id}/disable/                  bystander    401  403 403 403 200   403 403 403
POST   /users/{id}/invite/                   invited      401  403 403 200 200   403 403 403
POST   /users/{id}/invite/                   caller       401  403 403 409 409   403 403 403
POST   /users/{id}/end_sessions/             caller       401  403 403 200 200   403 403 403
POST   /users/{id}/end_sessions/             bystander    401  403 403 403 200   403 403 403
POST   /users/{id}/set_password/             caller       401  403 403 403 200   403 403 403
POST   /users/{id}/reset_mfa/                caller       401  403 403 403 200   403 403 403

GET    /roles/                               -            401  200 200 200 200   200 403 403
POST   /roles/                               -            401  403 403 403 201   403 403 403
GET    /roles/{id}/                          auditor      401  200 200 200 200   200 403 403
PATCH  /roles/{id}/                          auditor      401  403 403 403 200   403 403 403
DELETE /roles/{id}/                          auditor      401  403 403 403 204   403 403 403
POST   /roles/{id}/restore/                  deleted      401  403 403 403 200   403 403 403

GET    /user-roles/                          -            401  200 200 200 200   200 403 403
POST   /user-roles/                          -            401  403 403 403 201   403 403 403
GET    /user-roles/{id}/                     caller       401  200 404 200 200   200 403 403
PATCH  /user-roles/{id}/                     caller       401  403 403 403 200   403 403 403
DELETE /user-roles/{id}/                     caller       401  403 403 403 204   403 403 403
POST   /user-roles/{id}/restore/             deleted      401  403 403 403 200   403 403 403

GET    /user-permissions/                    -            401  403 403 403 200   200 403 403
POST   /user-permissions/                    -            401  403 403 403 201   403 403 403
GET    /user-permissions/{id}/               bystander    401  403 403 403 200   200 403 403
PATCH  /user-permissions/{id}/               bystander    401  403 403 403 200   403 403 403
DELETE /user-permissions/{id}/               bystander    401  403 403 403 204   403 403 403
POST   /user-permissions/{id}/restore/       deleted      401  403 403 403 200   403 403 403

GET    /incidents/                           -            401  200 200 200 200   200 403 200
POST   /incidents/                           -            401  201 201 201 201   403 403 403
GET    /incidents/{id}/                      assigned     401  200 200 200 200   200 403 200
GET    /incidents/{id}/                      new          401  200 404 200 200   200 403 200
GET    /incidents/{id}/                      hidden       401  404 404 404 200   200 403 200
GET    /incidents/{id}/                      deleted      401  404 404 404 404   404 403 404
GET    /incidents/{id}/transitions/          assigned     401  200 200 200 200   200 403 200
GET    /incidents/{id}/transitions/          hidden       401  404 404 404 200   200 403 200
PATCH  /incidents/{id}/                      assigned     401  403 200 200 200   403 403 403
PATCH  /incidents/{id}/                      hidden       401  403 404 404 200   403 403 403
DELETE /incidents/{id}/                      assigned     401  403 403 403 204   403 403 403
POST   /incidents/{id}/restore/              deleted      401  403 403 403 200   403 403 403
POST   /incidents/{id}/assign/               assigned     401  403 200 200 200   403 403 403
POST   /incidents/{id}/assign/               hidden       401  403 404 404 200   403 403 403
POST   /incidents/{id}/acknowledge/          assigned     401  403 200 403 403   403 403 403
POST   /incidents/{id}/start/                assigned     401  403 200 200 200   403 403 403
POST   /incidents/{id}/start/                hidden       401  403 404 404 200   403 403 403
POST   /incidents/{id}/hold/                 in_progress  401  403 200 200 200   403 403 403
POST   /incidents/{id}/resume/               pending      401  403 200 200 200   403 403 403
POST   /incidents/{id}/resolve/              in_progress  401  403 200 200 200   403 403 403
POST   /incidents/{id}/resolve/              hidden       401  403 404 404 200   403 403 403
POST   /incidents/{id}/close/                resolved     401  200 200 200 200   403 403 403
POST   /incidents/{id}/close/                hidden       401  404 404 404 409   403 403 403
POST   /incidents/{id}/reopen/               resolved     401  200 200 200 200   403 403 403
POST   /incidents/{id}/reopen/               closed       401  200 200 200 200   403 403 403
POST   /incidents/{id}/cancel/               new          401  200 404 200 200   403 403 403
POST   /incidents/{id}/cancel/               assigned     401  403 200 200 200   403 403 403
POST   /incidents/{id}/cancel/               hidden       401  404 404 404 200   403 403 403
POST   /incidents/{id}/override_priority/    assigned     401  403 403 200 200   403 403 403
POST   /incidents/{id}/clear_override/       overridden   401  403 403 200 200   403 403 403
POST   /incidents/{id}/add_comment/          assigned     401  201 201 201 201   403 403 403
POST   /incidents/{id}/add_comment/          hidden       401  404 404 404 201   403 403 403
GET    /incidents/{id}/comments/             assigned     401  200 200 200 200   200 403 403
GET    /incidents/{id}/comments/             hidden       401  404 404 404 200   200 403 403
POST   /incidents/{id}/comments/             assigned     401  201 201 201 201   403 403 403
GET    /incident-comments/{id}/              own          401  200 200 200 200   200 403 403
GET    /incident-comments/{id}/              internal     401  404 200 200 200   200 403 403
PATCH  /incident-comments/{id}/              own          401  200 403 403 409   403 403 403
PATCH  /incident-comments/{id}/              internal     401  404 200 403 409   403 403 403
DELETE /incident-comments/{id}/              own          401  204 403 403 204   403 403 403

GET    /categories/                          -            401  200 200 200 200   200 403 403
POST   /categories/                          -            401  403 403 403 201   403 403 403
GET    /categories/{id}/                     laptop       401  200 200 200 200   200 403 403
PATCH  /categories/{id}/                     laptop       401  403 403 403 200   403 403 403
DELETE /categories/{id}/                     laptop       401  403 403 403 204   403 403 403
POST   /categories/{id}/restore/             deleted      401  403 403 403 200   403 403 403

GET    /priority-matrix/                     -            401  200 200 200 200   200 403 403
PUT    /priority-matrix/                     -            401  403 403 403 200   403 403 403
GET    /incident-settings/                   -            401  200 200 200 200   200 403 403
PUT    /incident-settings/                   -            401  403 403 403 200   403 403 403
GET    /deliveries/                          -            401  403 403 403 200   200 403 403
GET    /deliveries/{id}/                     dead         401  403 403 403 200   200 403 403
POST   /deliveries/{id}/retry/               dead         401  403 403 403 200   403 403 403
POST   /deliveries/{id}/drop/                dead         401  403 403 403 200   403 403 403

GET    /audit-logs/                          -            401  403 403 200 200   200 403 403
GET    /audit-logs/{id}/                     it           401  403 403 200 200   200 403 403
GET    /audit-logs/{id}/                     sales        401  403 403 404 200   200 403 403

POST   /auth/login/                          -            200  200 200 200 200   200 200 200
POST   /auth/token/                          -            200  200 200 200 200   200 200 200
POST   /auth/token/refresh/                  -            401  401 401 401 401   401 401 401
POST   /auth/logout/                         -            401,401,401,204  204 204 204 204   204 204 403
GET    /auth/verify-token/                   -            401  200 200 200 200   200 200 200
GET    /auth/me/                             -            401  200 200 200 200   200 200 200
GET    /auth/explain/                        -            401  400 400 400 400   400 400 403
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
GET    /auth/api-keys/{id}/                  agentsKey    401  403 200 404 200   403 403 403
DELETE /auth/api-keys/{id}/                  globexKey    401  403 404 404 404   403 403 403
GET    /auth/sessions/                       -            401  200 200 200 200   200 200 403
GET    /auth/sessions/{id}/                  caller       401  200 404 404 404   404 404 403
DELETE /auth/sessions/{id}/                  globex       401  404 404 404 404   404 404 403
DELETE /auth/sessions/                       -            401  204 204 204 204   204 204 403
`
