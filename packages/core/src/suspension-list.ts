import type { KnownContext } from "./call-context.ts";

/** Whose calls an entry of a list stops. Other than with `suspend`, what is not named is any: an agent in every tenant. */
export type ListedTarget =
  | { readonly kind: "everything" }
  | { readonly kind: "tenant"; readonly tenant: string }
  | { readonly kind: "agent"; readonly id: string; readonly tenant?: string | undefined }
  | {
      readonly kind: "user";
      readonly id: string;
      readonly issuer?: string | undefined;
      readonly tenant?: string | undefined;
    }
  | {
      readonly kind: "session";
      readonly id: string;
      readonly user?: string | undefined;
      readonly issuer?: string | undefined;
      readonly tenant?: string | undefined;
    };

/** What a target may name, whatever its kind. */
export interface TargetMembers {
  readonly kind: ListedTarget["kind"];
  readonly id?: string | undefined;
  readonly tenant?: string | undefined;
  readonly issuer?: string | undefined;
  readonly user?: string | undefined;
}

/** One entry of a list of those who are stopped. */
export type ListedSuspension = ListedTarget & {
  /** Epoch milliseconds. Default: for as long as it is listed. */
  readonly until?: number | undefined;
  /** For the records; no model sees it. */
  readonly reason?: string | undefined;
};

/** Somebody besides the application who stops calls, such as an operator with a file. */
export interface SuspensionSource {
  /** Those who are stopped at this moment. Never changed in place: a change is another list. */
  readonly current: readonly ListedSuspension[];
}

/** A list of those who are stopped, in which a call is found without a walk over the whole. */
export class SuspensionIndex {
  /** `undefined`: those of everything. */
  readonly #byName = new Map<string | undefined, ListedSuspension[]>();

  constructor(list: readonly ListedSuspension[]) {
    for (const entry of list) {
      const name = nameOf(entry);
      const known = this.#byName.get(name);
      if (known === undefined) this.#byName.set(name, [entry]);
      else known.push(entry);
    }
  }

  /** Whether an entry stops calls of a context. `now`: epoch milliseconds. */
  covers(context: KnownContext, now: number): boolean {
    const { tenant, subject, actor, session } = context;
    const names = [undefined, `tenant ${tenant}`, `agent ${actor}`, `user ${subject}`, `session ${session}`];
    return names.some((name) => this.#byName.get(name)?.some((entry) => lasts(entry, now) && concerns(entry, context)));
  }
}

/** INVARIANT (R7): what is of no kind that is known here stops everything rather than nothing. */
function nameOf(target: ListedTarget): string | undefined {
  switch (target.kind) {
    case "tenant":
      return `tenant ${target.tenant}`;
    case "agent":
    case "user":
    case "session":
      return `${target.kind} ${target.id}`;
    case "everything":
      return undefined;
  }
}

/** What is no moment, such as NaN, never comes. */
function lasts({ until }: ListedSuspension, now: number): boolean {
  return until === undefined || !(until <= now);
}

/** Whether everything that an entry names besides its id is the context's, too. */
function concerns(target: ListedTarget, { tenant, issuer, subject }: KnownContext): boolean {
  const named: TargetMembers = target;
  return (
    (named.tenant ?? tenant) === tenant && (named.issuer ?? issuer) === issuer && (named.user ?? subject) === subject
  );
}
