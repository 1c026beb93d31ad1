import { createHash } from "node:crypto";
import type { RedisClient } from "./redis-client.ts";

/** A Lua script that is sent by its digest, and in full only where the server does not know it. */
export class Script {
  readonly #text: string;
  readonly #sha: string;

  constructor(text: string) {
    this.#text = text;
    this.#sha = createHash("sha1").update(text).digest("hex");
  }

  /** The script itself. */
  get text(): string {
    return this.#text;
  }

  /** Runs it in one round trip: the command is written at once, whatever else is under way. */
  run(client: RedisClient, keys: readonly string[], texts: readonly string[]): Promise<unknown> {
    return client.evalsha(this.#sha, keys.length, ...keys, ...texts).catch((error: unknown) => {
      // A script that the server does not know has not run, so it may be sent again.
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return client.eval(this.#text, keys.length, ...keys, ...texts);
    });
  }
}
