/** Whose state an event is about. */
export interface StateEventOwner {
  readonly tenant: string;
  readonly issuer: string;
  readonly subject: string;
  readonly actor: string;
  readonly session: string;
}

/** Something about the state that somebody may want to be told at once. */
export type StateEvent = StateEventOwner &
  (
    | {
        /** A call took a budget to or past one of its shares. */
        readonly type: "budget_alert";
        readonly budget: string;
        /** Percent. */
        readonly share: number;
        /** Millionths, this call included. */
        readonly spent: number;
        /** Millionths. */
        readonly limit: number;
      }
    | {
        /** A session has run away, and was suspended. */
        readonly type: "session_suspended";
        readonly sign: "identical" | "failures" | "denials" | "cycles";
      }
  );
