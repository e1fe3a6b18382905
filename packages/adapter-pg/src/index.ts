export * as ApplicationRole from "./application-role.ts"
export * as Migrate from "./migrate.ts"
export * as PgStore from "./pg-store.ts"
export * as SchemaSql from "./schema-sql.ts"
