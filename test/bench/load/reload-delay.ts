import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import { checkPermissions, type Policy } from "@ambit/core";
import { type WatchedPolicy, watchPolicy } from "@ambit/core/node";
import { planPolicy } from "../policy/policy-plan.ts";
import { policyText } from "../policy/policy-text.ts";
import { askQueries, type Query } from "../policy/queries.ts";
import { tellProgress } from "../progress.ts";

/** The longest waits between two decisions that were made one after the other, in milliseconds, one a repetition. */
export interface Delays {
  readonly quiet: readonly number[];
  readonly reloading: readonly number[];
}

/** How long decisions wait while the policy that they are made by is replaced, and while it is not. */
export async function measureReloads(size: number, repetitions: number): Promise<Delays> {
  const folder = await mkdtemp(join(tmpdir(), "ambit-bench-"));
  const path = join(folder, "policy.yaml");
  const plan = planPolicy(size, "full");
  const text = policyText(plan);
  await writeFile(path, text);
  const watched = await watchPolicy(path, { interval: 3_600_000, onError: stop });
  const queries = askQueries(plan, 256);
  const quiet: number[] = [];
  const reloading: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    tellProgress(`reload ${repetition + 1} of ${repetitions}, ${size} rules`);
    const { digest } = watched.current;
    await writeFile(path, `${text}# ${repetition}\n`);
    const started = performance.now();
    reloading.push(await longestWait(() => reload(watched, digest), { watched, queries }));
    const lasted = performance.now() - started;
    quiet.push(await longestWait(() => setTimeout(lasted), { watched, queries }));
  }
  watched.close();
  await rm(folder, { recursive: true });
  return { quiet, reloading };
}

/** Looks at the file until the policy is another. */
async function reload(watched: WatchedPolicy, digest: string): Promise<void> {
  const started = performance.now();
  for (;;) {
    await watched.refresh();
    if (watched.current.digest !== digest) return;
    if (performance.now() - started > 60_000) throw new Error("the policy was not reloaded, so nothing was measured");
    await setTimeout(20);
  }
}

interface Decisions {
  readonly watched: { readonly current: Policy };
  readonly queries: readonly Query[];
}

/** Decides in each turn of the event loop until the task is done, and gives the longest time from one to the next. */
async function longestWait(task: () => Promise<unknown>, { watched, queries }: Decisions): Promise<number> {
  let done = false;
  let longest = 0;
  let asked = 0;
  let last = performance.now();
  const running = task().finally(() => {
    done = true;
  });
  for (;;) {
    const ending = done;
    decide(watched.current, queries[asked % queries.length]);
    asked += 1;
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (ending) break;
    await setImmediate();
  }
  await running;
  return longest;
}

function decide(policy: Policy, query: Query | undefined): void {
  if (query === undefined) throw new RangeError("there is nothing to ask");
  const { user, role, scope, allowed } = query;
  const answer = checkPermissions({ user: { sub: user, role }, tool: scope, scopes: ["tool:**"], policy });
  if (answer.allowed !== allowed) throw new Error(`${scope} was answered wrong for ${role}`);
}

function stop(error: unknown): never {
  throw error;
}
