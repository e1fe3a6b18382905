import { Effect } from "effect"
import { Actor } from "../kernel/index.ts"
import { Authentication, Departments, TeamMembers, Teams } from "../modules/identity/index.ts"
import { scenario, type ScenarioOptions } from "./scenario.ts"

/**
 * An organization of two departments, with people who stand in every relation to each other: `admin`; `manager`, who leads
 * IT; `agent` and `colleague`, the members of its desk; `caller` in IT and `bystander` in sales, who have no more than the
 * role of end users. The team `network` of IT has no members.
 */
export const company = Effect.fnUntraced(function* (slug: string, options: ScenarioOptions = {}) {
  const { organization, department, team, join, admin, manager, agent, user } = yield* scenario(slug, options)
  const asAdmin = Actor.provide(admin)
  const made = yield* Effect.gen(function* () {
    const sales = yield* Departments.use((departments) => departments.create({ name: "Sales" }))
    const network = yield* Teams.use((teams) => teams.create({ name: "Network", departmentId: department.id }))
    const colleague = yield* join("colleague", "agent", department.id)
    yield* TeamMembers.use((members) => members.create({ teamId: team.id, userId: colleague }))
    return { sales, network, colleague, bystander: yield* join("bystander", "end_user", sales.id) }
  }).pipe(asAdmin)
  const authentication = yield* Authentication
  const actors = {
    admin,
    manager,
    agent,
    colleague: yield* authentication.actorFor(made.colleague),
    caller: user,
    bystander: yield* authentication.actorFor(made.bystander)
  }
  const idOf = (person: keyof typeof actors): typeof made.colleague => actors[person].id!
  return {
    slug,
    organizationId: organization.id,
    actors,
    people: {
      admin: idOf("admin"),
      manager: idOf("manager"),
      agent: idOf("agent"),
      colleague: made.colleague,
      caller: idOf("caller"),
      bystander: made.bystander
    },
    departments: { it: department.id, sales: made.sales.id },
    teams: { desk: team.id, network: made.network.id },
    /** Runs as one of the people. */
    as:
      (person: keyof typeof actors) =>
      <A, E, R>(effect: Effect.Effect<A, E, R>) =>
        Actor.provide(actors[person])(effect)
  }
})

export type Company = Effect.Success<ReturnType<typeof company>>
export type Person = keyof Company["actors"]
