/** @module Ambit's state in one SQLite file: durable, shared by processes, no server. */
export { createSqliteStore, type SqliteStore, type SqliteStoreOptions } from "./create-sqlite-store.ts";
