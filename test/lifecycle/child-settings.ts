/** Where a process keeps its state. */
export type StoreSettings =
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "redis"; readonly url: string; readonly prefix: string }
  | { readonly kind: "postgres"; readonly url: string; readonly schema: string };

/** The points of a call's life at which a process may be killed, in their order. */
export const lifePoints = [
  "before apply",
  "between apply and record",
  "between record and start",
  "while the tool runs",
  "between tool and settle",
  "between settle and outcome record",
] as const;

/** One of {@link lifePoints}. */
export type LifePoint = (typeof lifePoints)[number];

/** What a process of the test is told. */
export interface ChildSettings {
  readonly store: StoreSettings;
  /** The process's own audit log. */
  readonly audit: string;
  /** Where the tools of all processes say that they run. */
  readonly executions: string;
  /** Names this process among all that ever run. */
  readonly name: string;
  /** Where it stops for ever, at the call of that number that comes there; `undefined`: it calls until the budget is spent. */
  readonly halt: { readonly point: LifePoint; readonly call: number } | undefined;
  readonly policy: string;
  /** Milliseconds. */
  readonly lease: number;
  /** By how many milliseconds its clock is ahead. */
  readonly ahead: number;
}
