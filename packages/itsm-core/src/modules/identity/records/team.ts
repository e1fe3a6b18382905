import { Schema } from "effect"
import { Entity, Id, Text } from "../../../kernel/index.ts"
import { Email } from "./email.ts"

/** A support team: incidents are routed to teams, and worked on by their members. */
export const Team = Entity.define("Team", {
  plural: "teams",
  fields: {
    name: Text.Text(1, 200),
    departmentId: Schema.NullOr(Id.Id("Department")),
    email: Schema.NullOr(Email),
    leadId: Schema.NullOr(Id.Id("User")),
    /** Days after closure in which an incident of the team may be reopened; 0 is never, null the organization's rule. */
    reopenWindowDays: Schema.NullOr(Text.Whole(0, 3650)),
    supportLevel: Entity.open(Text.Whole(1, 4), 1),
    active: Entity.open(Schema.Boolean, true)
  },
  unique: [["name"]],
  search: ["name"],
  relations: { team: "id", department: "departmentId" },
  remembered: {}
})
export type Team = Entity.RecordOf<typeof Team>

/** A user's place in a team. */
export const TeamMember = Entity.define("TeamMember", {
  plural: "teamMembers",
  fields: {
    teamId: Entity.immutable(Id.Id("Team")),
    userId: Entity.immutable(Id.Id("User")),
    role: Entity.open(Schema.Literals(["member", "lead"]), "member"),
    /** Weight of open work that the member can carry in this team. */
    capacity: Entity.open(Text.Whole(0, 1000), 10)
  },
  unique: [["teamId", "userId"]],
  indexes: [["userId"]],
  relations: { team: "teamId" },
  remembered: { about: "userId" }
})
export type TeamMember = Entity.RecordOf<typeof TeamMember>
