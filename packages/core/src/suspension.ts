import { LRUCache } from "lru-cache";
import type { KnownContext } from "./call-context.ts";
import type { Refusal } from "./judge-call.ts";
import { cellName, type OwnerKey, ownerKey } from "./plan/owner-key.ts";
import type { Owner } from "./policy/history-rule.ts";

/** Whose calls are stopped. The tenant and the issuer default to the empty ones, as in a context. */
export type Suspended = { readonly tenant?: string | undefined } & (
  | { readonly kind: "tenant" }
  | { readonly kind: "agent"; readonly id: string }
  | { readonly kind: "user"; readonly id: string; readonly issuer?: string | undefined }
  | { readonly kind: "session"; readonly id: string; readonly user: string; readonly issuer?: string | undefined }
);

/** Why a call of somebody who is stopped is refused. */
export const suspended: Refusal = { code: "suspended", reason: "these calls are suspended" };

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

  suspend(target: Suspended, until: number): void {
    this.#untold.set(nameOf(target.tenant ?? "", ownerOf(target)), until);
  }

  /** The store was told of a suspension. */
  told(target: Suspended): void {
    const name = nameOf(target.tenant ?? "", ownerOf(target));
    const until = this.#untold.get(name);
    if (until === undefined) return;
    this.#untold.delete(name);
    this.#known.set(name, until);
  }

  resume(target: Suspended): void {
    const name = nameOf(target.tenant ?? "", ownerOf(target));
    this.#untold.delete(name);
    this.#known.delete(name);
  }

  /** The store said that calls of a context are stopped, because of one of its owners, or that they are not. */
  learn(context: KnownContext, stopped: { readonly owner: Owner; readonly until: number } | undefined): void {
    if (stopped !== undefined) this.#known.set(this.#name(stopped.owner, context), stopped.until);
    else if (this.#known.size > 0) for (const owner of owners) this.#known.delete(this.#name(owner, context));
  }

  /** Whether calls of a context are stopped by what the store could not be told yet. */
  holds(context: KnownContext, now: number): boolean {
    return this.#untold.size > 0 && owners.some((owner) => (this.#untold.get(this.#name(owner, context)) ?? 0) > now);
  }

  /** Whether the store last said that calls of a context are stopped. */
  remembers(context: KnownContext, now: number): boolean {
    return this.#known.size > 0 && owners.some((owner) => (this.#known.get(this.#name(owner, context)) ?? 0) > now);
  }

  #name(owner: Owner, context: KnownContext): string {
    return nameOf(context.tenant, ownerKey(owner, context));
  }
}

/** The same members as the key of a context that the target covers. */
export function ownerOf(target: Suspended): OwnerKey {
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

function nameOf(tenant: string, owner: OwnerKey): string {
  return cellName(tenant, owner);
}
