/** @module State in Postgres, for any number of processes. */
export { createPostgresSchema, type PostgresSchemaOptions, type SchemaChange } from "./create-postgres-schema.ts";
export { openPostgresStore, type PostgresStore, type PostgresStoreOptions } from "./open-postgres-store.ts";
