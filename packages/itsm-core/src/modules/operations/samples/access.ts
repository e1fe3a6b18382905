/** What the routes of the operator answer to each caller, for people to review. */
export const access = `
#      route                                 record       out  use age man adm   aud ope key
GET    /deliveries/                          -            401  403 403 403 200   200 403 403
GET    /deliveries/{id}/                     dead         401  403 403 403 200   200 403 403
POST   /deliveries/{id}/retry/               dead         401  403 403 403 200   403 403 403
POST   /deliveries/{id}/drop/                dead         401  403 403 403 200   403 403 403
`
