import { LRUCache } from "lru-cache";
import type { KnownContext } from "./call-context.ts";
import { cellName, type OwnerKey, ownerKey } from "./plan/owner-key.ts";
import type { Owner } from "./policy/history-rule.ts";
import type { Refusal } from "./refusal.ts";
import { type ListedSuspension, type ListedTarget, SuspensionIndex, type SuspensionSource } from "./suspension-list.ts";

/** Whose calls are stopped. The tenant and the issuer default to the empty ones, as in a context. */
export type SuspendedOwner = { readonly tenant?: string | undefined } & (
  | { readonly kind: "tenant" }
  | { readonly kind: "agent"; readonly id: string }
  | { readonly kind: "user"; readonly id: string; readonly issuer?: string | undefined }
  | { readonly kind: "session"; readonly id: string; readonly user: string; readonly issuer?: string | undefined }
);

/** Whose calls are stopped; `everything`: all that this one authorizer decides, and no other process's. */
export type Suspended = SuspendedOwner | { readonly kind: "everything" };

/** Why a call of somebody who is stopped is refused. */
export const suspended: Refusal = { code: "suspended", reason: "these calls are suspended" };

/** What the store said of one call. */
export interface StoreAnswer {
  readonly stopped: { readonly owner: Owner; readonly until: number } | undefined;
  readonly begun: number;
}

const owners: readonly Owner[] = ["tenant", "user", "agent", "session"];

/**
 * Who is stopped, as far as this process knows by itself. The store decides; but what it could not be told yet holds
 * here, and what it last said holds while it does not answer.
 */
export class Suspensions {
  /** Not in the store, or not yet. */
  readonly #untold = new Map<string, number>();
  /** What the store last said. */
  readonly #known = new LRUCache<string, number>({ max: 10_000 });
  /** Who is stopped by somebody else than the application. */
  readonly #source: SuspensionSource | undefined;
  /** What the application began here, in the store or not: no sign of a runaway is among it. */
  readonly #people = new LRUCache<string, number>({ max: 10_000 });
  #list: readonly ListedSuspension[] = [];
  #listed = new SuspensionIndex([]);
  /** Until when everything is stopped. */
  #everything = 0;
  #begun = 0;

  constructor(source?: SuspensionSource) {
    this.#source = source;
  }

  /** Whether nobody is known to be stopped, at whatever time. */
  get none(): boolean {
    const unlisted = this.#source === undefined || this.#source.current.length === 0;
    return unlisted && this.#everything === 0 && this.#untold.size === 0 && this.#known.size === 0;
  }

  /** How many suspensions the application has begun. */
  get begun(): number {
    return this.#begun;
  }

  suspend(target: Suspended, until: number): void {
    this.#begun += 1;
    if (target.kind === "everything") this.#everything = Math.max(this.#everything, until);
    else {
      const name = nameOf(target.tenant ?? "", ownerOf(target));
      // INVARIANT (R7): as in the store, one suspension never shortens another.
      this.#untold.set(name, Math.max(this.#untold.get(name) ?? 0, until));
    }
  }

  /** {@link suspend}, by a person. */
  stop(target: Suspended, until: number): void {
    this.suspend(target, until);
    if (target.kind === "everything") return;
    const name = nameOf(target.tenant ?? "", ownerOf(target));
    this.#people.set(name, Math.max(until, this.#people.get(name) ?? 0));
  }

  /** The store was told of a suspension. */
  told(target: SuspendedOwner): void {
    const name = nameOf(target.tenant ?? "", ownerOf(target));
    const until = this.#untold.get(name);
    if (until === undefined) return;
    this.#untold.delete(name);
    this.#known.set(name, until);
  }

  /** Ends what the application, the store or a sign of a runaway began. What the source lists goes on. */
  resume(target: Suspended): void {
    if (target.kind === "everything") {
      this.#everything = 0;
      return;
    }
    const name = nameOf(target.tenant ?? "", ownerOf(target));
    this.#untold.delete(name);
    this.#known.delete(name);
    this.#people.delete(name);
  }

  /**
   * The store said that calls of a context are stopped, because of one of its owners, or that they are not, when it was
   * asked after so many had {@link begun}.
   */
  learn(context: KnownContext, { stopped, begun }: StoreAnswer): void {
    if (stopped !== undefined) this.#known.set(this.#name(stopped.owner, context), stopped.until);
    // INVARIANT (R7): an answer that was on its way when a suspension began knows nothing of it.
    else if (this.#known.size > 0 && begun === this.#begun)
      for (const owner of owners) this.#known.delete(this.#name(owner, context));
  }

  /** Whether calls of a context are stopped by what the store was not told, or cannot be told yet. */
  holds(context: KnownContext, now: number): boolean {
    if (this.#everything > now || this.#lists(context, now)) return true;
    return this.#untold.size > 0 && owners.some((owner) => (this.#untold.get(this.#name(owner, context)) ?? 0) > now);
  }

  /** Whether the store last said that calls of a context are stopped. */
  remembers(context: KnownContext, now: number): boolean {
    return this.#known.size > 0 && owners.some((owner) => (this.#known.get(this.#name(owner, context)) ?? 0) > now);
  }

  /**
   * Whether people have stopped calls of a context, as far as it is known without the store. Where it is not known who
   * asks, whether they have stopped anybody: it may be them.
   */
  stoppedByPeople(context: KnownContext | undefined, now: number): boolean {
    if (this.#everything > now) return true;
    if (context !== undefined) {
      return (
        this.#lists(context, now) || owners.some((owner) => (this.#people.get(this.#name(owner, context)) ?? 0) > now)
      );
    }
    const listed = this.#source?.current.some(({ until }) => until === undefined || !(until <= now)) ?? false;
    return listed || [...this.#people.values()].some((until) => until > now);
  }

  #lists(context: KnownContext, now: number): boolean {
    const list = this.#source?.current;
    if (list === undefined || list.length === 0) return false;
    if (list !== this.#list) {
      this.#listed = new SuspensionIndex(list);
      this.#list = list;
    }
    return this.#listed.covers(context, now);
  }

  #name(owner: Owner, context: KnownContext): string {
    return nameOf(context.tenant, ownerKey(owner, context));
  }
}

/** The same members as the key of a context that the target covers. */
export function ownerOf(target: SuspendedOwner): OwnerKey {
  switch (target.kind) {
    case "tenant":
      return ["tenant"];
    case "agent":
      return ["agent", target.id];
    case "user":
      return ["user", target.issuer ?? "", target.id];
    case "session":
      return ["session", target.issuer ?? "", target.user, target.id];
  }
}

/** The same target as an entry of a list, in which everything that counts is named. */
export function listedTarget(target: Suspended): ListedTarget {
  if (target.kind === "everything") return target;
  const { tenant = "" } = target;
  switch (target.kind) {
    case "tenant":
    case "agent":
      return { ...target, tenant };
    case "user":
    case "session":
      return { ...target, tenant, issuer: target.issuer ?? "" };
  }
}

function nameOf(tenant: string, owner: OwnerKey): string {
  return cellName("suspended", tenant, owner);
}
