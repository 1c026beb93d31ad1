import { StateStoreError } from "@ambit/core";
import type { RedisClient } from "./redis-client.ts";

/** How many replicas must have a plan before it counts as taken, and how long they may take. */
export interface WaitOptions {
  readonly replicas: number;
  /** Milliseconds, 1 to 2,000. */
  readonly timeout: number;
}

/**
 * Waits until replicas have what this connection has written.
 *
 * One `WAIT` is under way at a time and speaks for everything that was written before it was sent, so that many calls
 * share one.
 */
export class ReplicaWait {
  readonly #client: RedisClient;
  readonly #options: WaitOptions;
  #connection = 0;
  #current: Promise<unknown> = Promise.resolve();
  #next: Promise<number> | undefined;

  constructor(client: RedisClient, options: WaitOptions) {
    this.#client = client;
    this.#options = options;
    client.on("close", () => {
      this.#connection += 1;
    });
  }

  /** Names the connection that is open now. */
  get connection(): number {
    return this.#connection;
  }

  /** Resolves once enough replicas have everything that was written; rejects with a `StateStoreError` if they are too few. */
  async confirm(connection: number): Promise<void> {
    this.#next ??= this.#wait();
    const replicas = await this.#next;
    // A new connection has written nothing: that all replicas have it says nothing.
    if (connection !== this.#connection) {
      throw new StateStoreError("state_unavailable", "the connection broke before the replicas had the plan");
    }
    const wanted = this.#options.replicas;
    if (replicas >= wanted) return;
    throw new StateStoreError("state_unavailable", `${replicas} of ${wanted} replicas had the plan in time`);
  }

  async #wait(): Promise<number> {
    await this.#current.catch(() => undefined);
    this.#next = undefined;
    const { replicas, timeout } = this.#options;
    const answer = this.#client.wait(replicas, timeout);
    this.#current = answer;
    return answer;
  }
}
