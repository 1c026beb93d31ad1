import { compileLoop } from "../compile-loop.ts";
import { type Contender, measure } from "../measure.ts";
import { tellProgress } from "../progress.ts";
import { readableComparison, readableTime } from "../readable.ts";
import { divide, type Effort, type Report, ratioGoal, type Section } from "../section.ts";
import { type Call, makeCalls } from "./calls.ts";
import { timeCompilation } from "./compilation.ts";
import { conditionContenders, fastestCel, handWritten, ownCondition, texts } from "./condition-contenders.ts";

/** What a condition over a call's arguments costs, evaluated and compiled. */
export const conditionSection: Section = { name: "condition", run: benchCondition };

async function benchCondition(effort: Effort): Promise<Report> {
  const calls = makeCalls(256);
  const first: Contender[] = [];
  const second: Contender[] = [];
  for (const { name, build } of conditionContenders) {
    tellProgress(`condition: ${name}`);
    const answers = await build();
    verify(name, "first", answers.first, calls);
    verify(name, "second", answers.second, calls);
    first.push({ name, loop: compileLoop(answers.first, calls) });
    second.push({ name, loop: compileLoop(answers.second, calls) });
  }
  const firstTimes = await measure(first, effort);
  const secondTimes = await measure(second, effort);
  const rows = conditionContenders.map(({ name }) => {
    const times = [firstTimes, secondTimes].map((found) => ({ own: found.get(name), floor: found.get(handWritten) }));
    return {
      name,
      cells: times.map(({ own, floor }) => (own === undefined ? "" : readableComparison(own, floor))),
      figures: times.map(({ own }) => own),
    };
  });
  tellProgress("condition: compiling");
  const compilation = await timeCompilation(effort);
  return {
    tables: [
      { title: "One condition, compiled before, 256 calls of which half pass E1", columns: ["", "E1", "E2"], rows },
      {
        title: "Compiling E1",
        columns: ["", "time"],
        rows: [...compilation].map(([name, time]) => ({ name, cells: [readableTime(time)], figures: [time] })),
      },
    ],
    goals: [
      ratioGoal("G6", "condition ≤ 3× a hand-written closure on E1, without code generation", {
        ratio: divide(firstTimes.get(ownCondition), firstTimes.get(handWritten)),
        atMost: 3,
      }),
      ratioGoal("G6", `condition ≥ 4× faster than ${fastestCel} on E1`, {
        ratio: divide(firstTimes.get(fastestCel), firstTimes.get(ownCondition)),
        atLeast: 4,
      }),
    ],
    notes: [
      `E1: ${texts.first}`,
      `E2: ${texts.second}`,
      "json-logic-engine is given endsWith as a native function: less work than the others do.",
      "That conditions answer as the specification of CEL says is a test of the core, not a benchmark.",
    ],
  };
}

function verify(
  name: string,
  which: "first" | "second",
  answer: (call: Call) => unknown,
  calls: readonly Call[],
): void {
  for (const call of calls) {
    const answered = answer(call);
    if (answered === call[which]) continue;
    const wrong = `${JSON.stringify(call.args)} was answered ${String(answered)} by the ${which} condition`;
    throw new Error(`${name} answers wrong, so nothing was measured: ${wrong}`);
  }
}
