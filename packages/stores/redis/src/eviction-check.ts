import { StateStoreError } from "@ambit/core";
import type { RedisClient } from "./redis-client.ts";
import { translateError } from "./translate-error.ts";

/** What an {@link EvictionCheck} works with. */
export interface EvictionCheckOptions {
  readonly client: RedisClient;
  /** Milliseconds for which an answer counts. */
  readonly recheckAfter: number;
  /** Milliseconds that only grow. */
  readonly clock: () => number;
}

/**
 * Asks now and then whether the server may throw keys away to make room.
 *
 * INVARIANT (S1): an evicted key is a budget that nobody has spent; where that may happen nothing is permitted.
 */
export class EvictionCheck {
  readonly #options: EvictionCheckOptions;
  #askedAt = Number.NEGATIVE_INFINITY;
  #answer: Promise<void> = Promise.resolve();

  constructor(options: EvictionCheckOptions) {
    this.#options = options;
  }

  /** Rejects with a `StateStoreError` where keys may be evicted or nobody can tell. `undefined`: it was asked recently. */
  current(): Promise<void> | undefined {
    const { clock, recheckAfter } = this.#options;
    const now = clock();
    if (now - this.#askedAt >= recheckAfter) {
      this.#askedAt = now;
      this.#answer = this.#ask().then(
        () => undefined,
        (error: unknown) => {
          // The next plan asks again: a mended server is used at once.
          this.#askedAt = Number.NEGATIVE_INFINITY;
          throw translateError(error);
        },
      );
      return this.#answer;
    }
    return this.#pending ? this.#answer : undefined;
  }

  #pending = false;

  async #ask(): Promise<void> {
    this.#pending = true;
    try {
      const { client } = this.#options;
      const nodes = client.isCluster ? (client.nodes?.("master") ?? []) : [client];
      if (nodes.length === 0) throw new StateStoreError("state_unavailable", "no node of the cluster is known yet");
      for (const memory of await Promise.all(nodes.map((node) => node.info("memory")))) requireNoEviction(memory);
    } finally {
      this.#pending = false;
    }
  }
}

function requireNoEviction(memory: string): void {
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
  if (policy === "noeviction") return;
  throw new StateStoreError(
    "state_unavailable",
    `Redis may throw state away to make room (maxmemory-policy is ${policy ?? "unknown"}): set it to noeviction, ` +
      'or say eviction: "accept" if nothing depends on history, limits or budgets',
  );
}
