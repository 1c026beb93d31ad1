import { type Contender, measure } from "../measure.ts";
import { tellProgress } from "../progress.ts";
import { readableRatio, readableTime } from "../readable.ts";
import { divide, type Effort, type Report, ratioGoal, type Section } from "../section.ts";
import { limitContenders, oneBucket, ownPlan, prepareLimit, threeCalls } from "./limit-contenders.ts";
import { verifyLimits } from "./verify-limits.ts";

/** What all limits and budgets of one decision cost in memory, beside libraries that limit rates. */
export const limitsSection: Section = { name: "limits", run: benchLimits };

async function benchLimits(effort: Effort): Promise<Report> {
  verifyLimits();
  const names = Array.from({ length: effort.rounds > 1 ? 4_096 : 256 }, (_, number) => `user ${number}`);
  // Texts made from JSON are new ones. What was just written is a list of texts.
  const users = JSON.parse(JSON.stringify(names)) as string[];
  const contenders: Contender[] = [];
  for (const contender of limitContenders(names)) contenders.push(await prepareLimit(contender, users));
  tellProgress("limits: timing");
  const timings = await measure(contenders, effort);
  const own = timings.get(ownPlan);
  const rows = [...timings].map(([name, nanoseconds]) => {
    const ratio = divide(nanoseconds, timings.get(oneBucket));
    const cells = [readableTime(nanoseconds), ratio === undefined ? "" : readableRatio(ratio)];
    return { name, cells, figures: [nanoseconds, ratio] };
  });
  return {
    tables: [{ title: "One more call of a user's", columns: ["", "time", "ratio"], rows }],
    goals: [
      ratioGoal("G8", "all limits and budgets of a decision ≤ 2× one tryRemoveTokens", {
        ratio: divide(own, timings.get(oneBucket)),
        atMost: 2,
      }),
      ratioGoal("G8", "all limits and budgets of a decision ≥ 5× faster than three calls of rate-limiter-flexible", {
        ratio: divide(timings.get(threeCalls), own),
        atLeast: 5,
      }),
    ],
    notes: [
      "Ambit: two plans on the memory store, made as for each call of an authorizer, but for the names of the user's cells, which",
      "are remembered. Of the first all checks hold or nothing is taken, which was checked; three calls of a peer are three",
      "outcomes, and none of the peers reserves. Ratios are to the first line.",
    ],
  };
}
