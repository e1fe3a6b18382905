import { Schema, SchemaGetter } from "effect"
import { Actor, ConditionInput, Entity, Id, Instant, Text } from "../../../kernel/index.ts"

const Scope = Schema.Literals(Actor.scopes)

/** `incident.resolve`, `incident.*` or `*` */
export const PermissionPattern = Schema.String.check(
  Schema.isPattern(/^(\*|[a-z_]+\.(\*|[a-z_]+))$/u),
  Schema.isMaxCodePoints(100)
).annotate({
  examples: ["incident.read"]
})

/** The names of fields that a `read` or `update` opens or keeps closed. */
const FieldNames = Schema.Array(Text.Text(1, 100)).check(Schema.isMinLength(1), Schema.isMaxLength(200))

const Reaching = Schema.Struct({
  permission: PermissionPattern,
  scope: Scope,
  condition: Schema.optionalKey(ConditionInput.ConditionInput),
  fields: Schema.optionalKey(FieldNames)
}).annotate({
  identifier: "RolePermission"
})

const isScope = Schema.is(Scope)

/** `incident.read:team`; without a scope it reaches the organization. */
const Short = Schema.String.check(
  Schema.isPattern(/^(\*|[a-z_]+\.(\*|[a-z_]+))(:(own|team|department|organization))?$/u, {
    description: "a permission and its scope"
  })
)
  .annotate({ examples: ["incident.read:team"] })
  .pipe(
    Schema.decodeTo(Schema.toType(Reaching), {
      decode: SchemaGetter.transform((text: string) => {
        const [permission = "", scope] = text.split(":")
        return { permission, scope: isScope(scope) ? scope : ("organization" as const) }
      }),
      encode: SchemaGetter.transform(({ permission, scope }) => `${permission}:${scope}`)
    })
  )

/** A permission and how far it reaches; short, as a text, `incident.read:team`. */
const RolePermission = Schema.Union([Reaching, Short])

/** A set of permissions under a name. The built-in ones take theirs from the published matrix and cannot be changed. */
export const Role = Entity.define("Role", {
  plural: "roles",
  fields: {
    key: Entity.immutable(
      Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9_]{0,62}$/u)).annotate({ examples: ["auditor"] })
    ),
    name: Text.Text(1, 200),
    description: Schema.NullOr(Text.Text(1, 2000)),
    isBuiltIn: Entity.managed(Schema.Boolean, false),
    permissions: Schema.Array(RolePermission)
  },
  unique: [["key"]],
  search: ["name", "key"],
  role: "configuration"
})
export type Role = Entity.RecordOf<typeof Role>

/** A role that a user holds, in the whole organization or inside one department or team, and for how long. */
export const UserRole = Entity.define("UserRole", {
  plural: "userRoles",
  fields: {
    userId: Entity.immutable(Id.Id("User")),
    roleId: Entity.immutable(Id.Id("Role")),
    scopeType: Entity.immutable(Schema.Literals(["organization", "department", "team"]), "organization"),
    scopeId: Entity.immutable(Schema.NullOr(Schema.String.check(Schema.isUUID()))),
    validFrom: Schema.NullOr(Instant.Instant),
    validTo: Schema.NullOr(Instant.Instant)
  },
  unique: [["userId", "roleId", "scopeId"]],
  indexes: [["userId"], ["roleId"]],
  relations: { own: ["userId"] },
  remembered: { about: "userId" }
})
export type UserRole = Entity.RecordOf<typeof UserRole>

/** One permission given to, or kept from, a user, the members of a team, or the holders of a role. A denial wins. */
export const UserPermission = Entity.define("UserPermission", {
  plural: "userPermissions",
  fields: {
    subjectType: Entity.immutable(Schema.Literals(["user", "team", "role"])),
    subjectId: Entity.immutable(Schema.String.check(Schema.isUUID())),
    permission: Entity.immutable(PermissionPattern),
    effect: Entity.immutable(Schema.Literals(["allow", "deny"])),
    scope: Entity.immutable(Scope),
    /** It holds only for records that satisfy this. */
    condition: Entity.immutable(Schema.NullOr(ConditionInput.ConditionInput)),
    /** Of a `read` or `update`: the fields that it opens, or takes away. */
    fields: Entity.immutable(Schema.NullOr(FieldNames)),
    reason: Schema.NullOr(Text.Text(1, 2000)),
    expiresAt: Schema.NullOr(Instant.Instant)
  },
  indexes: [["subjectId"]],
  remembered: {}
})
export type UserPermission = Entity.RecordOf<typeof UserPermission>
