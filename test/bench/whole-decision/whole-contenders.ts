import { type AuditLog, type Authorizer, type AuthorizerOptions, createAuthorizer, type Policy } from "@ambit/core";
import { compileLaterLoop, compileLoop } from "../compile-loop.ts";
import type { Contender } from "../measure.ts";
import type { Asked } from "./whole-policy.ts";

/** The two ways through the public API. */
export const ways = {
  run: async (authorizer: Authorizer, { call, context }: Asked): Promise<boolean> =>
    (await authorizer.run(call, context, nothing)).executed,
  "authorize, settle": async (authorizer: Authorizer, { call, context }: Asked): Promise<boolean> => {
    const { allowed, evaluationId } = await authorizer.authorize(call, context);
    if (allowed) await authorizer.settle(evaluationId, { status: "succeeded" });
    return allowed;
  },
} as const;

/** One of {@link ways}. */
export type Way = keyof typeof ways;

/** What a contender is made of. */
export interface WholeContender {
  readonly name: string;
  readonly way: Way;
  readonly policy: Policy;
  readonly asked: readonly Asked[];
}

/** An authorizer of its own, asked one call after another. Its first round of answers is checked. */
export async function wholeContender({ name, way, policy, asked }: WholeContender): Promise<Contender> {
  const authorizer = createAuthorizer({ policy, audit: queue(), clock: simulatedClock() });
  const answer = (call: Asked) => ways[way](authorizer, call);
  for (const call of asked) verify(name, call, await answer(call));
  return { name, loop: compileLaterLoop(answer, asked) };
}

/**
 * The same for `run`, but nobody waits for the answers. With a store and a log that answer at once, all of a call has happened
 * by the time its promise is there, which is checked: what waiting adds is what the API adds by being asynchronous.
 */
export async function unawaitedContender({ name, policy, asked }: Omit<WholeContender, "way">): Promise<Contender> {
  const authorizer = createAuthorizer({ policy, audit: queue(), clock: simulatedClock() });
  let executed = 0;
  const execute = () => {
    executed += 1;
  };
  const answer = ({ call, context }: Asked) => {
    const before = executed;
    void authorizer.run(call, context, execute);
    return executed > before;
  };
  for (const call of asked) verify(name, call, answer(call));
  const loop = compileLoop(answer, asked);
  // Lets what was promised be done with before the next round.
  return { name, loop: async (times) => [loop(times), await Promise.resolve()] };
}

/** As many calls at once, their records chained and written to a file. */
export async function chainedContender(
  { name, way, policy, asked }: WholeContender,
  { audit, width }: { readonly audit: AuditLog; readonly width: number },
): Promise<Contender> {
  const authorizer = createAuthorizer({ policy, audit, clock: simulatedClock() });
  let next = 0;
  const loop = async (times: number) => {
    let left = times;
    const work = async () => {
      while (left > 0) {
        left -= 1;
        const call = asked[next++ % asked.length];
        if (call !== undefined) verify(name, call, await ways[way](authorizer, call));
      }
    };
    await Promise.all(Array.from({ length: Math.min(width, times) }, work));
  };
  await loop(asked.length);
  return { name, loop };
}

/** A clock that goes on by a millisecond whenever it is read, so that a fast machine fills no limit sooner than a slow one. */
export function simulatedClock(): NonNullable<AuthorizerOptions["clock"]> {
  let now = Date.UTC(2026, 0, 1);
  let read = 0;
  return () => {
    // What reading the system's clock costs is part of a decision.
    read = Date.now();
    now += read > 0 ? 1 : 0;
    return now;
  };
}

/** A log that takes records over at once, to write them later: what the call waits for is only the handing over. */
export function queue(): AuditLog {
  let records: unknown[] = [];
  return {
    append: (record) => {
      if (records.push(record) === 4_096) records = [];
    },
  };
}

const nothing = () => undefined;

function verify(name: string, { query, allowed }: Asked, answered: boolean): void {
  if (answered === allowed) return;
  const wrong = `${JSON.stringify(query)} was answered ${String(answered)}`;
  throw new Error(`${name} answers wrong, so nothing was measured: ${wrong}`);
}
