import type { JsonValue } from "../tool-call.ts";

/** A duty that comes with a permit. An application that does not understand it must not let the call run. */
export interface Obligation {
  readonly id: string;
  /** What kind of duty it is, by which the application finds what to do. */
  readonly type: string;
  readonly properties?: Readonly<Record<string, JsonValue>> | undefined;
}
