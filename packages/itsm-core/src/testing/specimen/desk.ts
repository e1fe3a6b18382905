import { Clock, Effect } from "effect"
import {
  Actor,
  Audit,
  type Command,
  Condition,
  type Entity,
  type Errors,
  Event,
  Kernel,
  type RoleMatrix,
  Shell
} from "../../kernel/index.ts"
import type { Id } from "../../kernel/model/id.ts"
import { Department } from "../../modules/identity/records/department.ts"
import { Organization } from "../../modules/identity/records/organization.ts"
import { Team } from "../../modules/identity/records/team.ts"
import { User } from "../../modules/identity/records/user.ts"
import * as Factory from "../factories.ts"
import { Loans } from "./loans.ts"
import type { Loan } from "./records.ts"
import { Vans } from "./vans.ts"

type UserId = Id<"User">

/** Somebody with the grants of a built-in role. */
const holding = (
  { grantsOf }: Kernel.KernelShape["catalogue"],
  organizationId: Id<"Organization">,
  role: RoleMatrix.BuiltInRole,
  id: UserId,
  at: Partial<Actor.Belonging> = {}
): Actor.Actor => ({
  ...Actor.system(organizationId),
  ...at,
  kind: "user",
  id,
  roles: [role],
  grants: grantsOf(role).map((line) => ({ ...line, effect: "allow", source: `role:${role}` }))
})

/** The same person with more grants, or with denials. */
export const granted = (
  actor: Actor.Actor,
  ...grants: ReadonlyArray<Pick<Actor.Grant, "permission"> & Partial<Actor.Grant>>
): Actor.Actor => ({
  ...actor,
  grants: [
    ...actor.grants,
    ...grants.map((each) => ({ effect: "allow", scope: "organization", source: "test", ...each }) as const)
  ]
})

/** An organization with a desk: a team in a department, a borrower, an agent, a manager, a stranger, and one van. */
export const desk = Effect.gen(function* () {
  const { store, catalogue } = yield* Kernel.Kernel
  const organization = Factory.organization()
  const { id: organizationId } = organization
  const reach = { organizationId }
  const department = Factory.department(organizationId)
  const team = Factory.team(organizationId, { departmentId: department.id })
  const people = ["borrower", "agent", "manager", "stranger", "admin"].map(() => Factory.user(organizationId))
  yield* store.commit(reach, [
    { kind: "insert", entity: Organization, record: organization },
    { kind: "insert", entity: Department, record: department },
    { kind: "insert", entity: Team, record: team },
    ...people.map((record) => ({ kind: "insert", entity: User, record }) as const)
  ])
  const [borrower, agent, manager, stranger, admin] = people.map(({ id }) => id) as [
    UserId,
    UserId,
    UserId,
    UserId,
    UserId
  ]
  const inTeam = { teamIds: [team.id] }
  const all = <E extends Entity.AnyEntity>(entity: E, where: Condition.Condition = Condition.always) =>
    Effect.map(store.find(reach, entity, { where, sort: [], limit: 1000 }), ({ items }) => items)
  const loans = yield* Loans
  const vans = yield* Vans
  const system = Actor.system(organizationId)
  const van = yield* vans.create({ plate: Factory.uniqueText("VAN"), seats: 5 }).pipe(Actor.provide(system))
  return {
    organizationId,
    department,
    team,
    van,
    loans,
    vans,
    system,
    borrower: holding(catalogue, organizationId, "end_user", borrower),
    stranger: holding(catalogue, organizationId, "end_user", stranger),
    agent: holding(catalogue, organizationId, "agent", agent, inTeam),
    manager: holding(catalogue, organizationId, "manager", manager, {
      departmentIds: [department.id],
      departmentTeamIds: [team.id]
    }),
    admin: holding(catalogue, organizationId, "admin", admin),
    /** A loan of the borrower, in the team and the department of the desk. */
    planned: loans
      .request({ purpose: "A move", borrowerId: borrower, teamId: team.id, departmentId: department.id })
      .pipe(Actor.provide(system)),
    all,
    /** What the outbox has of these records, in the order in which it was raised. */
    told: (id: string) =>
      Effect.map(all(Event.OutboxEvent, Condition.eq("aggregateId", id)), (events) =>
        events.toSorted((a, b) => a.aggregateVersion - b.aggregateVersion || a.sequence - b.sequence)
      ),
    audited: (action: string) => all(Audit.AuditLog, Condition.eq("action", action)),
    /** Every record that there is, by kind. */
    everything: Effect.forEach([...catalogue.entities.values()], (entity) =>
      Effect.map(all(entity), (records) => [entity.name as string, records] as const)
    )
  }
})

/** Runs as if it were so much later. */
export const later =
  (ms: number) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(Clock.Clock, (clock) => {
      const ahead: Clock.Clock = Object.assign(Object.create(clock) as Clock.Clock, {
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + ms,
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + ms)
      })
      return Effect.provideService(effect, Clock.Clock, ahead)
    })

/** Runs a command as everybody does, with what a request may say beside its input. */
export const call = (
  command: Command.AnyCommand,
  id: string | undefined,
  input: unknown,
  more: Partial<Shell.Request> = {}
) =>
  Shell.execute(command as Command.Command<typeof Loan, unknown, Errors.DomainError, any>, {
    ...(id === undefined ? {} : { id }),
    input: Effect.succeed(input),
    ...more
  })

type Commit = Kernel.KernelShape["store"]["commit"]

/** Runs on the same store, whose commits go through here first. */
export const committing =
  (through: (commit: Commit) => Commit) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.flatMap(Kernel.Kernel, (kernel) =>
      Effect.provideService(effect, Kernel.Kernel, {
        ...kernel,
        store: { ...kernel.store, commit: through(kernel.store.commit) }
      })
    )

/** Runs on a store in which everybody has read before the first of many commits. */
export const unhurried = committing(
  (commit) => (reach, changes) => Effect.andThen(Effect.yieldNow, commit(reach, changes))
)
