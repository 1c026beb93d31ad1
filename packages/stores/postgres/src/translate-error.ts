import { StateStoreError } from "@ambit/core";

/** The SQLSTATE of an error that the server answered, having taken everything back; `undefined`: nobody knows what happened. */
export function rolledBackState(error: unknown): string | undefined {
  // A FATAL may arrive after the commit: the server can end a connection that waits for a standby.
  if (property(error, "severity") !== "ERROR") return undefined;
  return property(error, "code");
}

/** Whether the same plans may well succeed if they are sent again. */
export function isTransient(state: string | undefined): boolean {
  return state === "40001" || state === "40P01";
}

/** Whether one plan's own data was refused, so that the others of its statement can be taken without it. */
export function isOnePlans(state: string | undefined): boolean {
  return state !== undefined && (state.startsWith("22") || state.startsWith("23"));
}

/** What an administrator is told of an error, whatever it is. */
export function translateError(error: unknown, what: string): StateStoreError {
  if (error instanceof StateStoreError) return error;
  const state = rolledBackState(error);
  // The amounts are checked by the tables as well.
  if (isOnePlans(state)) return new StateStoreError("state_arithmetic", `${what}: ${text(error)}`, { cause: error });
  if (state === "42883" || state === "3F000" || state === "42P01") {
    const message = `${what}: the schema is not there, or not of this version: call createPostgresSchema first`;
    return new StateStoreError("state_unavailable", message, { cause: error });
  }
  if (state === "42501") {
    const message = `${what}: ${text(error)}: grant the role USAGE on the schema and EXECUTE on its functions`;
    return new StateStoreError("state_unavailable", message, { cause: error });
  }
  return new StateStoreError("state_unavailable", `${what}: ${text(error)}`, { cause: error });
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : "something that is not an error was thrown";
}

function property(error: unknown, name: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const value: unknown = Object.getOwnPropertyDescriptor(error, name)?.value;
  return typeof value === "string" ? value : undefined;
}
