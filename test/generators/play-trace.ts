import type { Course, TraceStep, Wait } from "./call-trace.ts";
import { spansOf } from "./stateful-arbitrary.ts";
import type { MadeCall, StatefulDocument } from "./stateful-document.ts";
import type { TracePlayer } from "./trace-player.ts";

/** Makes the calls of a trace one after another, and gives what was said of each: a code and a rule. */
export async function playTrace(
  document: StatefulDocument,
  player: TracePlayer,
  steps: readonly TraceStep[],
): Promise<readonly string[]> {
  const open: string[] = [];
  const moments: number[] = [];
  const answers: string[] = [];
  for (const { wait, calls, ends } of steps) {
    player.now = Math.max(player.now, momentAfter(document, wait, [player.now, ...moments]));
    moments.unshift(player.now);
    const ended = open.shift();
    // One whose lease has ended cannot be settled any more.
    if (ended !== undefined && ends !== undefined) await player.end(ended, ends).catch(() => {});
    for (const { call, course } of calls) {
      const { code, rule, evaluationId } = await player.make(call, course);
      if (course === "open" && code === "permit") open.push(evaluationId);
      answers.push(rule === undefined ? code : `${code} by ${rule}`);
    }
  }
  return answers;
}

/** The moment at which a step happens; `moments` are the present one and those of the steps before it, the latest first. */
function momentAfter(document: StatefulDocument, wait: Wait, [now = 0, ...moments]: readonly number[]): number {
  if (typeof wait === "number") return now + wait;
  const spans = spansOf(document);
  return (moments[wait.since] ?? now) + (spans[wait.span % Math.max(1, spans.length)] ?? 0) + wait.and;
}

/** Whether a call is permitted at this moment. */
export async function isPermitted(player: TracePlayer, call: MadeCall, course: Course): Promise<boolean> {
  const { code } = await player.make(call, course);
  return code === "permit";
}
