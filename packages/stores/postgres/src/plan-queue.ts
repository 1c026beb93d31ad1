import { type ApplyResult, type Plan, StateStoreError } from "@ambit/core";
import type { Pool } from "pg";
import { PlanBatch } from "./plan-batch.ts";
import { applyResult, type BatchAnswer, type PlanAnswer, readBatchAnswer } from "./read-answer.ts";
import { isOnePlans, isTransient, rolledBackState, translateError } from "./translate-error.ts";

/** What a {@link PlanQueue} works with. */
export interface PlanQueueOptions {
  readonly pool: Pool;
  /** The statement that takes plans. */
  readonly statement: string;
  /** What it is told besides the plans, as JSON. */
  readonly terms: string;
  /** How many statements may be under way at once. */
  readonly connections: number;
  /** How long a plan may wait to be sent, in milliseconds, and how long for its answer. */
  readonly waits: { readonly toBeSent: number; readonly answer: number };
  /** Makes room; gives whether it is worth another try. */
  readonly makeRoom: (now: number) => Promise<void>;
}

interface Waiting {
  readonly plan: Plan;
  /** Whether it goes in a statement of its own, because one that it was in with others failed. */
  readonly alone: boolean;
  /** Whether room was made for it. */
  readonly roomMade: boolean;
  readonly since: number;
  readonly resolve: (result: ApplyResult) => void;
  readonly reject: (error: StateStoreError) => void;
}

/**
 * The most plans of one statement, about how many cells they may have together, and the most plans that wait. Each cell is
 * locked, and a server has 6,400 locks if nobody set it up otherwise.
 */
const most = { together: 64, cells: 128, waiting: 10_000 } as const;
/** How often a statement is sent again that the server gave up for another's sake. */
const repeats = 3;

/**
 * Sends plans to Postgres: each at once while a connection is free, and those that come while none is together in the
 * next statement. Each still costs its caller one round trip.
 */
export class PlanQueue {
  readonly #options: PlanQueueOptions;
  #waiting: Waiting[] = [];
  #underWay = 0;
  #life = "";
  #furthest = 0;
  /** How often the server's log was seen to have gone back. */
  #rewinds = 0;

  constructor(options: PlanQueueOptions) {
    this.#options = options;
  }

  apply(plan: Plan): Promise<ApplyResult> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= most.waiting) {
        reject(new StateStoreError("state_unavailable", "too many plans wait for Postgres"));
        return;
      }
      this.#waiting.push({ plan, alone: false, roomMade: false, since: performance.now(), resolve, reject });
      this.#send();
    });
  }

  #send(): void {
    while (this.#underWay < this.#options.connections && this.#waiting.length > 0) {
      const { batch, members } = this.#nextBatch();
      if (members.length === 0) continue;
      this.#underWay += 1;
      void this.#take(batch, members).finally(() => {
        this.#underWay -= 1;
        this.#send();
      });
    }
  }

  #nextBatch(): { readonly batch: PlanBatch; readonly members: readonly Waiting[] } {
    const batch = new PlanBatch();
    const members: Waiting[] = [];
    const late = performance.now() - this.#options.waits.toBeSent;
    let taken = 0;
    for (const entry of this.#waiting) {
      if (members.length === most.together || batch.keys.length >= most.cells) break;
      if (entry.alone && members.length > 0) break;
      taken += 1;
      if (entry.since < late)
        entry.reject(new StateStoreError("state_unavailable", "Postgres did not get to it in time"));
      else if (joins(batch, entry)) members.push(entry);
      if (entry.alone && members.length > 0) break;
    }
    this.#waiting = this.#waiting.slice(taken);
    return { batch, members };
  }

  /** Never rejects. */
  async #take(batch: PlanBatch, members: readonly Waiting[]): Promise<void> {
    const floor = { life: this.#life, at: this.#furthest, rewinds: this.#rewinds };
    try {
      const answer = readBatchAnswer(await this.#query(batch), members.length);
      const epoch = this.#epochOf(answer, floor);
      for (const [index, entry] of members.entries()) this.#settle(entry, answer.answers[index], epoch);
    } catch (error) {
      this.#fail(members, error);
    }
  }

  async #query(batch: PlanBatch): Promise<unknown> {
    const { pool, statement, terms, waits } = this.#options;
    const values = [batch.partitions, batch.keys, batch.kinds, batch.written, batch.plans, terms];
    for (let attempt = 0; ; attempt += 1) {
      try {
        const config = { text: statement, values, query_timeout: waits.answer };
        const { rows } = await pool.query<{ answer: unknown }>(config);
        return rows[0]?.answer;
      } catch (error) {
        if (attempt === repeats || !isTransient(rolledBackState(error))) throw error;
      }
    }
  }

  #settle(entry: Waiting, answer: PlanAnswer | undefined, epoch: string): void {
    if (answer === undefined) {
      entry.reject(new StateStoreError("state_unavailable", "Postgres did not answer for every plan"));
    } else if (answer.kind !== "fault") {
      entry.resolve(applyResult(answer, epoch));
    } else if (answer.fault.code === "state_capacity" && !entry.roomMade) {
      this.#options.makeRoom(entry.plan.now).then(
        () => this.#again({ ...entry, roomMade: true }),
        () => entry.reject(answer.fault),
      );
    } else entry.reject(answer.fault);
  }

  #fail(members: readonly Waiting[], error: unknown): void {
    // The server has taken everything back, for what was in one plan's own data: the others go without it.
    if (members.length > 1 && isOnePlans(rolledBackState(error))) {
      for (const entry of members) this.#again({ ...entry, alone: true });
      return;
    }
    const fault = translateError(error, "Postgres took no plan");
    for (const entry of members) entry.reject(fault);
  }

  #again(entry: Waiting): void {
    this.#waiting.push(entry);
    this.#send();
  }

  /**
   * INVARIANT (S1): of one life, an answer that was asked for after another one cannot come from a log that is shorter. If it
   * does, the server was put back to an earlier moment, and the state is another one.
   */
  #epochOf({ life, at }: BatchAnswer, floor: { life: string; at: number; rewinds: number }): string {
    const wentBack = life === floor.life && at < floor.at && floor.rewinds === this.#rewinds;
    if (wentBack) this.#rewinds += 1;
    if (wentBack || life !== this.#life) {
      this.#life = life;
      this.#furthest = at;
    } else this.#furthest = Math.max(this.#furthest, at);
    return this.#rewinds === 0 ? life : `${life}.put-back-${this.#rewinds}`;
  }
}

function joins(batch: PlanBatch, entry: Waiting): boolean {
  try {
    batch.add(entry.plan);
    return true;
  } catch (error) {
    entry.reject(translateError(error, "the plan cannot be stored"));
    return false;
  }
}
