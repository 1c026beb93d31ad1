import type { Authorizer, CallContext, StateStore } from "@ambit/core";
import { elapsedTime } from "../clock.ts";
import { median } from "../measure.ts";
import { tellProgress } from "../progress.ts";
import { contextOf, historyAuthorizer, makeCalls, verifyHistory } from "./history-policy.ts";

/** So many calls are timed together. */
const block = 10;

/** Median nanoseconds of a call, by how many calls its session had made before it. */
export async function timeByLength(
  store: StateStore,
  { lengths, blocks, name }: { readonly lengths: readonly number[]; readonly blocks: number; readonly name: string },
): Promise<Map<number, number>> {
  const authorizer = historyAuthorizer(store, "rules and signs");
  const sessions: AgedSession[] = [];
  for (const length of lengths) {
    tellProgress(`history in ${name}, a session of ${length} calls`);
    sessions.push(new AgedSession(authorizer, length));
    await sessions.at(-1)?.age();
  }
  tellProgress(`history in ${name}: timing`);
  for (let round = 0; round < blocks; round += 1) {
    // In turn, the other way round every other time.
    for (const session of round % 2 === 0 ? sessions : sessions.toReversed()) await session.time();
  }
  for (const session of sessions) await session.verify();
  return new Map(sessions.map(({ length, samples }) => [length, median(samples)]));
}

/** Sessions of some length: one after the other where timing makes them too long, for long ones the same all along. */
class AgedSession {
  readonly length: number;
  /** Nanoseconds of a call, one for each block. */
  readonly samples: number[] = [];
  readonly #authorizer: Authorizer;
  #context: CallContext;
  #calls = 0;
  #number = 0;

  constructor(authorizer: Authorizer, length: number) {
    this.#authorizer = authorizer;
    this.length = length;
    this.#context = contextOf(`session of ${length}`);
  }

  /** Makes it as long as it is to be. */
  async age(): Promise<void> {
    await this.#call(this.length - this.#calls);
  }

  async time(): Promise<void> {
    if (this.#calls > this.length * 1.1) {
      this.#number += 1;
      this.#calls = 0;
      this.#context = contextOf(`session of ${this.length}, number ${this.#number}`);
      await this.age();
    }
    // What other sessions have put out of the processor's memory comes back first, for long and short ones alike.
    await this.#call(block);
    const started = elapsedTime();
    await this.#call(block);
    this.samples.push((elapsedTime() - started) / block);
  }

  verify(): Promise<void> {
    return verifyHistory(this.#authorizer, this.#context);
  }

  async #call(times: number): Promise<void> {
    const from = this.#calls;
    this.#calls += times;
    await makeCalls(this.#authorizer, this.#context, { from, to: this.#calls });
  }
}
