import { Schema } from "effect"
import { Entity, Id, Instant, Text } from "../../kernel/index.ts"
import { Incident } from "./incident.ts"

export const Visibility = Schema.Literals(["public", "internal"])

/** A word to the caller (public), or a work note that callers never see (internal). */
export const IncidentComment = Entity.define("IncidentComment", {
  plural: "incidentComments",
  fields: {
    incidentId: Entity.immutable(Id.Id("Incident")),
    authorId: Entity.managed(Schema.NullOr(Id.Id("User"))),
    authorKind: Entity.managed(Schema.Literals(["user", "system", "service", "ai"])),
    visibility: Entity.immutable(Visibility, "public"),
    body: Text.Text(1, 65_535),
    inReplyToId: Entity.immutable(Schema.NullOr(Id.Id("IncidentComment"))),
    editedAt: Entity.managed(Schema.NullOr(Instant.Instant)),
    editHistory: Entity.managed(
      Schema.Array(Schema.Struct({ body: Schema.String, until: Instant.Instant }).annotate({ identifier: "PastBody" })),
      []
    )
  },
  indexes: [["incidentId", "createdAt"]],
  search: ["body"],
  relations: { own: ["authorId"] },
  parent: { entity: Incident, field: "incidentId" }
})
export type IncidentComment = Entity.RecordOf<typeof IncidentComment>
