/** What the routes of the operator, and those of jobs, answer to each caller, for people to review. */
export const access = `
#      route                                 record       out  use age man adm   aud ope key
GET    /deliveries/                          -            401  403 403 403 200   200 403 403
GET    /deliveries/{id}/                     dead         401  403 403 403 200   200 403 403
POST   /deliveries/{id}/retry/               dead         401  403 403 403 200   403 403 403
POST   /deliveries/{id}/drop/                dead         401  403 403 403 200   403 403 403

GET    /jobs/                                -            401  200 200 200 200   200 403 403
GET    /jobs/{id}/                           failed       401  404 200 404 200   200 403 403
GET    /jobs/{id}/                           waiting      401  200 404 404 200   200 403 403
POST   /jobs/{id}/cancel/                    waiting      401  200 404 404 200   403 403 403
POST   /jobs/{id}/cancel/                    failed       401  404 409 404 409   403 403 403
POST   /jobs/{id}/retry/                     failed       401  404 200 404 200   403 403 403
`
