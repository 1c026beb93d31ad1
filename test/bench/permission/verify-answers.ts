import { processorTime } from "../clock.ts";
import type { Query } from "../policy/queries.ts";
import type { Decider } from "./contender.ts";

/** How a check of answers went. */
export interface Verification {
  /** How many answers were right, from the first query on. */
  readonly verified: number;
  /** The longest that is to be expected of one answer, in nanoseconds. */
  readonly each: number;
}

/**
 * Asks as many queries as the time allows, and at least two. Throws for a wrong answer: what answers wrong is not
 * measured, and the benchmark ends.
 */
export async function verifyAnswers(
  name: string,
  decider: Decider,
  { queries, milliseconds }: { readonly queries: readonly Query[]; readonly milliseconds: number },
): Promise<Verification> {
  const ask = "allows" in decider ? decider.allows : decider.allowsLater;
  const started = performance.now();
  let warm = processorTime();
  let verified = 0;
  for (const query of queries) {
    const allowed = await ask(query);
    if (allowed !== query.allowed) {
      const wrong = `${JSON.stringify(query)} was answered ${JSON.stringify(allowed)}`;
      throw new Error(`${name} answers wrong, so nothing was measured: ${wrong}`);
    }
    verified += 1;
    // The first answer may have to load things.
    if (verified === 1) warm = processorTime();
    else if (performance.now() - started > milliseconds) break;
  }
  return { verified, each: (processorTime() - warm) / (verified - 1) };
}
