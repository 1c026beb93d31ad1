import type { Value } from "./policy-document.ts";

/** A tool of a policy with state: each requires its scopes, attaches its labels and costs the same each time. */
export interface PricedTool {
  readonly scope: readonly string[];
  readonly labels: readonly string[];
  /** Decimal text. */
  readonly cost: string;
}

/** Whose history, calls or money. */
export type Owner = "session" | "user" | "agent" | "tenant";

/** `args.n` is above a number. */
export interface Above {
  readonly above: number;
}

/** A rule over history. Times are milliseconds. */
export interface HistoryRule {
  readonly id: string;
  readonly kind:
    | { readonly after: readonly string[]; readonly deny: readonly string[] }
    | { readonly after: readonly string[]; readonly on: readonly string[] }
    | { readonly together: readonly string[]; readonly approval: boolean }
    | { readonly before: string; readonly require: string };
  readonly within?: number | undefined;
  readonly per?: Owner | undefined;
  /** The name of an argument. */
  readonly same?: string | undefined;
  readonly when?: Above | undefined;
}

/** A limit on calls. */
export interface CallLimit {
  readonly id: string;
  readonly per: readonly (Owner | "tool")[];
  readonly scope?: string | undefined;
  readonly tool?: string | undefined;
  readonly at: { readonly max: number; readonly window: number } | { readonly concurrent: number };
}

/** A budget. */
export interface Budget {
  readonly id: string;
  readonly per: Owner;
  readonly scope?: string | undefined;
  /** Decimal text. */
  readonly limit: string;
  readonly over: "hour" | "day" | "week" | "month" | "lifetime" | { readonly rolling: number };
}

/** When a session is taken for running away. */
export interface Runaway {
  readonly identical?: { readonly max: number; readonly window: number } | undefined;
  readonly failures?: number | undefined;
  readonly denials?: number | undefined;
  readonly cycles?: number | undefined;
  readonly cooldown?: number | undefined;
}

/** A policy that allows everybody every scope but one, so that state decides. */
export interface StatefulDocument {
  readonly timezone: string;
  readonly tools: Readonly<Record<string, PricedTool>>;
  /** A scope that nobody may use. */
  readonly forbidden: string;
  readonly rules: readonly HistoryRule[];
  /** Whether it takes the pack `lethal-trifecta`. */
  readonly trifecta: boolean;
  readonly limits: readonly CallLimit[];
  readonly budgets: readonly Budget[];
  readonly runaway?: Runaway | undefined;
}

/** Who makes a call. */
export interface Caller {
  readonly tenant: string;
  readonly issuer: string;
  readonly user: string;
  readonly agent: string;
  readonly session: string;
}

/** A call as it is made. */
export interface MadeCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, Value>>;
  readonly by: Caller;
}
