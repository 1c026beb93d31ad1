import type { RedisClient } from "./redis-client.ts";

/**
 * Sends what is written in one turn of the event loop in one write: the answers to many plans arrive together, and so the
 * plans that follow them are written together too. A command never waits for another turn, and one that is alone is
 * written at once.
 */
export class WriteTogether {
  readonly #client: RedisClient;
  #underway = 0;
  #held = false;

  constructor(client: RedisClient) {
    this.#client = client;
  }

  /** Before a command is written. A cluster's client, which has several connections, writes as ever. */
  begin(): void {
    if (this.#underway > 0) this.#hold();
    this.#underway += 1;
  }

  /** Once it was answered, in whichever way. */
  end(): void {
    this.#underway -= 1;
  }

  #hold(): void {
    const { stream } = this.#client;
    if (this.#held || !stream) return;
    this.#held = true;
    stream.cork();
    // After all promises that are settled now; a microtask would come in between of them.
    process.nextTick(() => {
      this.#held = false;
      stream.uncork();
    });
  }
}
