/** What the routes of an organization's own fields answer to each caller, for people to review. */
export const access = `
#      route                                 record       out  use age man adm   aud ope key
GET    /custom-fields/                       -            401  200 200 200 200   200 403 403
POST   /custom-fields/                       -            401  403 403 403 201   403 403 403
GET    /custom-fields/{id}/                  cost         401  200 200 200 200   200 403 403
PATCH  /custom-fields/{id}/                  cost         401  403 403 403 200   403 403 403
DELETE /custom-fields/{id}/                  cost         401  403 403 403 204   403 403 403
POST   /custom-fields/{id}/restore/          deleted      401  403 403 403 200   403 403 403
`
