import type { ApplyResult, ApprovalStore, Plan, StateStore } from "@ambit/core";
import { approvalRows } from "./approval-rows.ts";
import { partitionTag, recordKey } from "./cell-keys.ts";
import { type Contact, Deployment, lostPartition, type Partition } from "./deployment.ts";
import { type EncodedPlan, encodePlan } from "./encode-plan.ts";
import { EvictionCheck } from "./eviction-check.ts";
import { ApplyScripts } from "./lua/apply-script.ts";
import { readAnswer, type ScriptAnswer } from "./read-answer.ts";
import { type RedisClient, requireStoreClient } from "./redis-client.ts";
import { ReplicaWait, type WaitOptions } from "./replica-wait.ts";
import { translateError } from "./translate-error.ts";
import { WriteTogether } from "./write-together.ts";

/** Settings of {@link createRedisStore}. */
export interface RedisStoreOptions {
  /** An ioredis `Redis` made with `storeClientOptions`, or a `Cluster` made with `storeClusterOptions`. */
  readonly client: RedisClient;
  /** What all keys begin with; no braces. Default: `ambit:`. */
  readonly prefix?: string | undefined;
  /** Begins the state where there is none, so that a loss is noticed only by processes that knew it. For development. Default: false. */
  readonly createIfMissing?: boolean | undefined;
  /** Counts a plan as taken only once replicas have it. Not with a `Cluster`. Default: does not wait. */
  readonly wait?: WaitOptions | undefined;
  /** Whether to work with a server that may evict keys. Default: `refuse`. */
  readonly eviction?: "refuse" | "accept" | undefined;
  /** Milliseconds after which the server's eviction policy is asked for again. Default: 30,000. */
  readonly recheckAfter?: number | undefined;
  /**
   * The most cells of one tenant, so that none fills the server for all. At the cap a new one is refused; none that
   * matters is ever forgotten. Costs a write more for each cell. Default: as many as the server has memory for.
   */
  readonly maximumCellsPerTenant?: number | undefined;
  /** How many partitions are kept in mind, so that a plan of theirs is one round trip. Default: 10,000. */
  readonly maximumPartitions?: number | undefined;
}

/** State in Redis. */
export interface RedisStore extends StateStore {
  apply(plan: Plan): Promise<ApplyResult>;
  readonly approvals: ApprovalStore;
  /** Rejects with a `StateStoreError` where the server cannot be reached or may evict keys. For the start of a process. */
  check(): Promise<void>;
  /** Begins the state's life where there is none: once for a deployment, and again after everything was lost. The epoch. */
  initialise(): Promise<string>;
  /** Goes on with what is left after a part of the state was lost or put back: a new epoch. */
  acceptLoss(): Promise<string>;
}

/** State in Redis or Valkey, shared by all processes that use it: each plan is one script and one round trip. */
export function createRedisStore(options: RedisStoreOptions): RedisStore {
  return new ScriptedStore(options);
}

class ScriptedStore implements RedisStore {
  readonly approvals: ApprovalStore;
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #together: WriteTogether;
  readonly #scripts: ApplyScripts;
  readonly #deployment: Deployment;
  readonly #eviction: EvictionCheck | undefined;
  readonly #wait: ReplicaWait | undefined;
  readonly #maximumPartitions: number;
  readonly #maximumCells: number;
  readonly #partitions = new Map<string, Partition>();
  readonly #contacts = new Map<string, Contact>();
  readonly #meetings = new Map<string, Promise<Contact>>();

  constructor(options: RedisStoreOptions) {
    const { client, prefix = "ambit:", createIfMissing = false, wait, eviction = "refuse" } = options;
    const { recheckAfter = 30_000, maximumPartitions = 10_000, maximumCellsPerTenant = 0 } = options;
    requireStoreClient(client);
    if (/[{}]/.test(prefix)) throw new TypeError(`a prefix has no braces, they mean something to a cluster: ${prefix}`);
    if (wait !== undefined) requireWait(wait, client);
    this.#client = client;
    this.#together = new WriteTogether(client);
    this.#prefix = prefix;
    this.#maximumPartitions = maximumPartitions;
    this.#maximumCells = maximumCellsPerTenant;
    this.#scripts = new ApplyScripts(maximumCellsPerTenant > 0);
    this.#deployment = new Deployment({ client, prefix, createIfMissing });
    this.#wait = wait === undefined ? undefined : new ReplicaWait(client, wait);
    const clock = () => performance.now();
    this.#eviction = eviction === "accept" ? undefined : new EvictionCheck({ client, recheckAfter, clock });
    const record = (name: string) => this.#partition(name).record;
    this.approvals = approvalRows({ client, record, confirmed: (write) => this.#confirmed(write) });
  }

  async apply(plan: Plan): Promise<ApplyResult> {
    try {
      const eviction = this.#eviction?.current();
      const partition = this.#partition(plan.partition);
      const encoded = encodePlan(plan, { record: partition.record, maximumCells: this.#maximumCells });
      const contact = this.#contacts.get(partition.tag) ?? (await this.#meet(partition));
      // Both are under way before either is waited for. A rejection of the first must not go unheard until then.
      const request = { plan, partition, encoded, contact };
      const taking = this.#send(request);
      if (eviction !== undefined) await Promise.all([eviction, taking]);
      const answer = await taking;
      return answer.kind === "result" ? answer.result : await this.#takeAnew(request);
    } catch (error) {
      throw translateError(error);
    }
  }

  async check(): Promise<void> {
    try {
      await (this.#eviction?.current() ?? this.#client.info("server"));
    } catch (error) {
      throw translateError(error);
    }
  }

  async initialise(): Promise<string> {
    await this.check();
    return await this.#deployment.initialise().catch(rethrow);
  }

  async acceptLoss(): Promise<string> {
    await this.check();
    return await this.#deployment.acceptLoss().catch(rethrow);
  }

  /**
   * There is no record, or one that is lost or of another life. Nothing was taken: what became of it is asked, then once
   * more, since somebody may have begun again.
   */
  async #takeAnew({ plan, partition, encoded, contact: failed }: TakeRequest): Promise<ApplyResult> {
    if (this.#contacts.get(partition.tag) === failed) this.#contacts.delete(partition.tag);
    const contact = this.#contacts.get(partition.tag) ?? (await this.#meet(partition, failed));
    const answer = await this.#send({ plan, partition, encoded, contact });
    if (answer.kind === "result") return answer.result;
    throw lostPartition(partition.tag);
  }

  async #send({ plan, encoded, contact }: TakeRequest): Promise<ScriptAnswer> {
    const connection = this.#wait?.connection ?? 0;
    const script = this.#scripts.script(encoded.kinds);
    const texts = [contact.epoch, String(contact.step), ...encoded.texts];
    let reply: unknown;
    this.#together.begin();
    try {
      reply = await script.run(this.#client, encoded.keys, texts);
    } finally {
      this.#together.end();
    }
    const answer = readAnswer(reply, { epoch: contact.epoch, checks: plan.checks.length });
    if (answer.kind !== "result") return answer;
    contact.step = Math.max(contact.step, answer.step);
    if (answer.result.held && plan.effects.length > 0) await this.#wait?.confirm(connection);
    return answer;
  }

  async #confirmed<Answer>(write: () => Promise<Answer>): Promise<Answer> {
    const connection = this.#wait?.connection ?? 0;
    const answer = await write();
    await this.#wait?.confirm(connection);
    return answer;
  }

  #meet(partition: Partition, known?: Contact): Promise<Contact> {
    const underway = this.#meetings.get(partition.tag);
    if (underway !== undefined) return underway;
    const meeting = this.#deployment
      .meet(partition, known)
      .then((contact) => {
        remember(this.#contacts, { key: partition.tag, value: contact, most: this.#maximumPartitions });
        return contact;
      })
      .finally(() => this.#meetings.delete(partition.tag));
    this.#meetings.set(partition.tag, meeting);
    return meeting;
  }

  #partition(name: string): Partition {
    const known = this.#partitions.get(name);
    if (known !== undefined) return known;
    const tag = partitionTag(name);
    const partition = { tag, record: recordKey(this.#prefix, tag) };
    remember(this.#partitions, { key: name, value: partition, most: this.#maximumPartitions });
    return partition;
  }
}

function rethrow(error: unknown): never {
  throw translateError(error);
}

interface TakeRequest {
  readonly plan: Plan;
  readonly partition: Partition;
  readonly encoded: EncodedPlan;
  readonly contact: Contact;
}

/** INVARIANT (R1): no stream of partitions fills this process; one that is forgotten is only met again. */
function remember<Value>(
  map: Map<string, Value>,
  { key, value, most }: { readonly key: string; readonly value: Value; readonly most: number },
): void {
  if (map.size >= most) {
    for (const oldest of map.keys()) {
      map.delete(oldest);
      break;
    }
  }
  map.set(key, value);
}

function requireWait({ replicas, timeout }: WaitOptions, client: RedisClient): void {
  if (client.isCluster) throw new TypeError("wait needs one connection, which a Cluster is not: leave it out");
  if (!(Number.isSafeInteger(replicas) && replicas > 0)) throw new TypeError("wait.replicas is a whole number from 1");
  if (!(Number.isSafeInteger(timeout) && timeout > 0 && timeout <= 2_000)) {
    throw new TypeError("wait.timeout is 1 to 2,000 milliseconds: the client gives a silent connection up after 3,000");
  }
}
