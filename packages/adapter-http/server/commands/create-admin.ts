import { Context, Effect, Redacted } from "effect"
import { Actor, Condition, type Id, Store } from "@itsm/core/kernel"
import { Organization, Organizations, Roles, UserRoles, Users } from "@itsm/core/identity"
import type { Config } from "../config/config.ts"
import { promote } from "../demo/operator.ts"
import { domainOn } from "../domain.ts"
import { type Extension, modulesOf } from "../extensions.ts"
import { CommandFailed, explain } from "../failure.ts"
import { migrate } from "../migration.ts"
import { openStorage, type OpenStorage } from "../storage.ts"
import { firstLine, say } from "../terminal.ts"

export interface NewAdministrator {
  readonly organization: string
  readonly organizationName: string | undefined
  readonly email: string
  readonly name: string
  /** An operator of the platform instead of an administrator of the organization. */
  readonly superuser: boolean
}

const organizationBySlug = ({ store }: OpenStorage, slug: string) =>
  Effect.map(
    Context.get(store, Store.Store).find("everywhere", Organization, {
      where: Condition.eq("slug", slug),
      sort: [],
      limit: 1
    }),
    (page) => page.items[0]
  )

const makeAdministrator = Effect.fnUntraced(function* (userId: Id.Id<"User">) {
  const roles = yield* Roles
  const [admin] = (yield* roles.list({ where: Condition.eq("key", "admin") })).items
  const userRoles = yield* UserRoles
  yield* userRoles.create({ userId, roleId: admin!.id, scopeType: "organization" })
})

const create = Effect.fnUntraced(function* (wanted: NewAdministrator, password: string, storage: OpenStorage) {
  const { organization: slug, organizationName, email, name, superuser } = wanted
  const known = yield* organizationBySlug(storage, slug)
  const organization =
    known ??
    (yield* Organizations.use((organizations) => organizations.create({ name: organizationName ?? slug, slug })).pipe(
      Actor.provide(Actor.platform)
    ))
  const user = yield* Effect.gen(function* () {
    const made = yield* Users.use((users) => users.create({ email, displayName: name, password }))
    if (!superuser) yield* makeAdministrator(made.id)
    return made
  }).pipe(Actor.provide(Actor.system(organization.id)))
  if (superuser) yield* promote(organization.id, user.id)
  return `${user.email} can sign in as ${superuser ? "an operator of the platform" : `an administrator of ${organization.name}`}.`
})

/** A person who may do everything in an organization, which is founded where it is missing. */
export const createAdmin = (config: Config, extensions: ReadonlyArray<Extension>, wanted: NewAdministrator) =>
  Effect.gen(function* () {
    const password = config.adminPassword === undefined ? yield* firstLine : Redacted.value(config.adminPassword)
    if (password === "")
      return yield* new CommandFailed({
        reason: "The password is missing: set ITSM_ADMIN_PASSWORD, or write it to standard input."
      })
    const storage = yield* openStorage(config, extensions)
    yield* migrate(storage)
    const services = yield* domainOn(storage.store, config.passwordMinimum, { modules: modulesOf(extensions) })
    const done = create(wanted, password, storage)
    return yield* say(
      yield* Effect.mapError(
        Effect.provideContext(done, services),
        (error) => new CommandFailed({ reason: explain(error) })
      )
    )
  }).pipe(Effect.scoped)
