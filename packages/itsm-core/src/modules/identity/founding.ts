import { Effect } from "effect"
import { Actor, Condition } from "../../kernel/index.ts"
import { Authentication } from "./sign-in/authentication.ts"
import { Organizations } from "./people/organizations.ts"
import { Users } from "./people/user-administration.ts"

interface Founding {
  readonly name: string
  readonly slug: string
  readonly timeZone?: string
  readonly administrator: { readonly email: string; readonly displayName: string; readonly password?: string }
}

/**
 * An organization with its first administrator, who is active and returned as an actor: where everything begins. Without
 * a password the host application signs the administrator in.
 */
export const found = Effect.fnUntraced(function* (founding: Founding) {
  const organization = yield* Organizations.use((organizations) => organizations.create(founding)).pipe(
    Actor.provide(Actor.platform)
  )
  const administrator = yield* Effect.gen(function* () {
    const users = yield* Users
    const [user] = (yield* users.list({ where: Condition.eq("email", founding.administrator.email.toLowerCase()) }))
      .items
    if (founding.administrator.password === undefined) yield* users.enable(user!.id)
    return yield* Authentication.use((authentication) => authentication.actorFor(user!.id))
  }).pipe(Actor.provide(Actor.system(organization.id)))
  return { organization, administrator }
})
