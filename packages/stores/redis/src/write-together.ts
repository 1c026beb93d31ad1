import type { RedisClient } from "./redis-client.ts";

/** So many commands are one write: less work for each of them, and yet the server never waits for the next ones. */
const mostTogether = 8;

/**
 * Sends what is written in one turn of the event loop in a few writes: the answers to many plans arrive together, and so
 * the plans that follow them are written together too.
 *
 * The first is written at once, so that the server works while the others are still being made; held back to the end of
 * the turn, all of them would let server and client wait for each other. None waits for another turn.
 */
export class WriteTogether {
  readonly #client: RedisClient;
  #underway = 0;
  #turn = false;
  #held: RedisClient["stream"];
  #count = 0;

  constructor(client: RedisClient) {
    this.#client = client;
  }

  /** Before a command is written. A cluster's client, which has several connections, writes as ever. */
  begin(): void {
    if (this.#underway > 0) this.#gather();
    this.#underway += 1;
  }

  /** Once it was answered, in whichever way. */
  end(): void {
    this.#underway -= 1;
  }

  #gather(): void {
    if (!this.#turn) {
      this.#turn = true;
      // After all promises that are settled now; a microtask would come in between of them.
      process.nextTick(() => {
        this.#turn = false;
        this.#send();
      });
      return;
    }
    if (this.#count === mostTogether) this.#send();
    if (this.#count === 0) {
      this.#held = this.#client.stream;
      this.#held?.cork();
    }
    this.#count += 1;
  }

  #send(): void {
    this.#held?.uncork();
    this.#held = undefined;
    this.#count = 0;
  }
}
