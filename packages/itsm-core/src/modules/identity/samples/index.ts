import type { Samples } from "../../../testing/samples.ts"
import { access } from "./access.ts"
import { inputs } from "./inputs.ts"
import { records } from "./records.ts"

export const samples: Samples = {
  records,
  inputs,
  references: {
    "userRoles.create": { scopeId: { Team: { scopeType: "team" }, Department: { scopeType: "department" } } },
    "userPermissions.create": {
      subjectId: { User: { subjectType: "user" }, Team: { subjectType: "team" }, Role: { subjectType: "role" } }
    }
  },
  // whoever gives a password may ask that it be changed
  callersOwn: { "users.create": ["mustChangePassword"] },
  access
}
