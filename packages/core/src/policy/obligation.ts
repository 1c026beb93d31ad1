import type { JsonObject, JsonValue } from "../tool-call.ts";

/** A duty that comes with a permit. An application that does not understand it must not let the call run. */
export interface Obligation {
  readonly id: string;
  /** What kind of duty it is, by which the application finds what to do. */
  readonly type: string;
  readonly properties?: Readonly<Record<string, JsonValue>> | undefined;
}

/** So that nobody can change it any more, nor what it holds. */
export function freezeObligation(obligation: Obligation): void {
  Object.freeze(obligation);
  if (obligation.properties !== undefined) freeze(obligation.properties);
}

function freeze(value: JsonValue | JsonObject): void {
  if (typeof value !== "object" || value === null) return;
  for (const member of Object.values(value)) freeze(member);
  Object.freeze(value);
}
