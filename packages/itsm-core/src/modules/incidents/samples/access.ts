/** What the routes of incidents and their configuration answer to each caller, for people to review. */
export const access = `
#      route                                 record       out  use age man adm   aud ope key
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
GET    /incident-comments/{id}/              ofHidden     401  404 404 404 200   200 403 403
PATCH  /incident-comments/{id}/              own          401  200 403 403 409   403 403 403
PATCH  /incident-comments/{id}/              internal     401  404 200 403 409   403 403 403
PATCH  /incident-comments/{id}/              ofHidden     401  404 404 404 409   403 403 403
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
`
