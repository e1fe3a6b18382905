import { Effect } from "effect"
import { Condition, Crud, Errors, Service } from "../../../kernel/index.ts"
import { deleted, keepOne } from "../authority/administrators.ts"
import { checkJoining, checkLeaving, checkTeamMove } from "../authority/reach-changes.ts"
import { TeamEvents, TeamMemberEvents } from "../published.ts"
import { Team, TeamMember } from "../records/team.ts"

export class Teams extends Service.define(
  "Teams",
  Team,
  Crud.of(Team, {
    one: "a team",
    events: TeamEvents,
    errors: [Errors.InUse],
    check: (after, before, read, moment) =>
      before === undefined || (before.deletedAt === null && before.departmentId === (after.departmentId ?? null))
        ? Effect.void
        : checkTeamMove(read, moment, before.id),
    checkRemoval: (team, read) =>
      Effect.flatMap(read.count(TeamMember, Condition.eq("teamId", team.id)), (members) =>
        members > 0 ? Effect.fail(new Errors.InUse({ reason: "The team has members." })) : Effect.void
      )
  })
) {}

export class TeamMembers extends Service.define(
  "TeamMembers",
  TeamMember,
  Crud.of(TeamMember, {
    one: "a membership of a team",
    events: TeamMemberEvents,
    errors: [Errors.GuardFailed],
    check: (after, before, read, moment) =>
      before !== undefined && before.deletedAt === null
        ? Effect.void
        : Effect.andThen(
            checkJoining(read, moment, after.userId, after.teamId),
            keepOne(read, moment.now, { entity: TeamMember, record: after })
          ),
    checkRemoval: (member, read, moment) =>
      Effect.andThen(
        checkLeaving(read, moment, member.userId, member.teamId),
        keepOne(read, moment.now, { entity: TeamMember, record: deleted(member, moment.now) })
      )
  })
) {}
