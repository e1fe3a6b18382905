/** What the routes of organizations, people, teams and what they may do answer to each caller, for people to review. */
export const access = `
#      route                                 record       out  use age man adm   aud ope key
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

GET    /auth/explain/                        -            401  400 400 400 400   400 400 403
`
