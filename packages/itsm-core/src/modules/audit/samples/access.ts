/** What the routes of the audit log answer to each caller, for people to review. */
export const access = `
#      route                                 record       out  use age man adm   aud ope key
GET    /audit-logs/                          -            401  403 403 200 200   200 403 403
GET    /audit-logs/{id}/                     it           401  403 403 200 200   200 403 403
GET    /audit-logs/{id}/                     sales        401  403 403 404 200   200 403 403
`
