import type { Authorizer, CallContext } from "@ambit/core";

/** What adapters wrap tools with. */
export interface Authorization {
  readonly authorizer: Authorizer;
  readonly context: CallContext;
}

/** Arguments of the tool's one call in a run. */
export const given = { customer: "c-17", limit: 10 } as const;

/** What the tool is called. */
export const toolName = "crm_read";

/** One framework's own loop: each run is one step in which the model calls the tool, and one in which it is done. */
export interface FrameworkLoop {
  readonly name: string;
  /** `authorization`: `undefined` leaves the tool as it is. `body`: what the tool does. Gives what makes one run. */
  readonly prepare: (
    authorization: Authorization | undefined,
    body: () => string,
  ) => Promise<() => Promise<unknown>> | (() => Promise<unknown>);
}
