import { randomUUID } from "node:crypto";
import { StateStoreError } from "@ambit/core";
import { deploymentKey } from "./cell-keys.ts";
import { condemnScript, enrolScript, registerScript } from "./lua/enrol-script.ts";
import type { RedisClient } from "./redis-client.ts";
import { Script } from "./script.ts";

/** What a {@link Deployment} works with. */
export interface DeploymentOptions {
  readonly client: RedisClient;
  readonly prefix: string;
  readonly createIfMissing: boolean;
}

/** A partition that this process has met. */
export interface Contact {
  /** The life of the state. */
  readonly epoch: string;
  /** The latest step that an answer told of. */
  step: number;
}

/** A partition, by what its keys are made of. */
export interface Partition {
  readonly tag: string;
  readonly record: string;
}

const enrol = new Script(enrolScript);
const condemn = new Script(condemnScript);
const register = new Script(registerScript);

/**
 * What is known of the state as a whole: the name of its life, and which partitions there are. It is one hash of its own,
 * since a cluster keeps each partition elsewhere.
 *
 * INVARIANT (S1): no plan of a partition is taken before its name is in here, so that a partition that is here and has no
 * record was lost.
 */
export class Deployment {
  readonly #options: DeploymentOptions;
  readonly #key: string;

  constructor(options: DeploymentOptions) {
    this.#options = options;
    this.#key = deploymentKey(options.prefix);
  }

  /** Begins the state's life where there is none. The epoch. */
  async initialise(): Promise<string> {
    return await this.#begin("if missing");
  }

  /** Begins another life with what is left of the state. The new epoch. */
  async acceptLoss(): Promise<string> {
    return await this.#begin("anew");
  }

  /** Meets a partition. `known`: the contact that failed, if there was one. Rejects with `state_lost` where it is gone. */
  async meet({ tag, record }: Partition, known?: Contact): Promise<Contact> {
    const { client, createIfMissing } = this.#options;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const field = `partition:${tag}`;
      const [found, enrolled] = await client.hmget(this.#key, "epoch", field);
      const epoch = found ?? (createIfMissing ? await this.initialise() : undefined);
      if (epoch === undefined) throw notInitialised(this.#key);
      if (known !== undefined && known.epoch === epoch) {
        await condemn.run(client, [record], [epoch]);
        throw lostPartition(tag);
      }
      if (enrolled === epoch) return { epoch, step: 0 };
      await enrol.run(client, [record], [epoch]);
      if ((await register.run(client, [this.#key], [epoch, field])) === "registered") return { epoch, step: 0 };
    }
    throw new StateStoreError("state_unavailable", "the state's epoch changed while a partition was met");
  }

  async #begin(when: "if missing" | "anew"): Promise<string> {
    const { client } = this.#options;
    const epoch = await begin.run(client, [this.#key], [randomUUID(), when]);
    if (typeof epoch !== "string") throw new StateStoreError("state_unavailable", "Redis named no epoch");
    return epoch;
  }
}

const begin = new Script(`#!lua
local epoch = redis.call("HGET", KEYS[1], "epoch")
if epoch and ARGV[2] ~= "anew" then return epoch end
redis.call("HSET", KEYS[1], "epoch", ARGV[1])
return ARGV[1]
`);

/** The state of one partition is not what it was. */
export function lostPartition(tag: string): StateStoreError {
  return new StateStoreError(
    "state_lost",
    `the state of the partition ${tag} was lost or put back to an earlier one: look into it, then call acceptLoss()`,
  );
}

function notInitialised(key: string): StateStoreError {
  return new StateStoreError(
    "state_lost",
    `there is no ${key} in Redis: the state was lost, or was never begun. Call initialise() once, or again after a loss`,
  );
}
