import type { Policy } from "@ambit/core";
import type { EarlierCall } from "../reference/state/earlier-call.ts";
import { lease } from "../reference/state/judge-limits.ts";
import { type StatefulAnswer, StatefulReference } from "../reference/state/stateful-reference.ts";
import type { Trace, TraceStep, Wait } from "./call-trace.ts";
import { spansOf } from "./stateful-arbitrary.ts";
import type { StatefulDocument } from "./stateful-document.ts";
import { type Said, TracePlayer } from "./trace-player.ts";

/** What was said of one call, and how many answers would have been right. */
export interface Agreement {
  readonly said: Said;
  readonly answers: number;
}

/**
 * Takes a trace through the decision point and through the reference evaluator, and gives what both say of each call.
 * Rejects with all that happened where they do not agree.
 */
export async function compareTrace(document: StatefulDocument, policy: Policy, trace: Trace): Promise<Agreement[]> {
  const comparison = new TraceComparison(document, new TracePlayer(policy, trace.start));
  for (const step of trace.steps) await comparison.take(step);
  return comparison.agreements;
}

class TraceComparison {
  readonly agreements: Agreement[] = [];
  readonly #document: StatefulDocument;
  readonly #player: TracePlayer;
  readonly #reference: StatefulReference;
  readonly #open: { readonly call: EarlierCall; readonly evaluationId: string }[] = [];
  readonly #moments: number[] = [];
  readonly #log: string[] = [];

  constructor(document: StatefulDocument, player: TracePlayer) {
    this.#document = document;
    this.#player = player;
    this.#reference = new StatefulReference(document);
  }

  async take({ wait, calls, ends }: TraceStep): Promise<void> {
    this.#player.now = Math.max(this.#player.now, this.#momentAfter(wait));
    this.#moments.push(this.#player.now);
    if (ends !== undefined) await this.#end(ends);
    // Denials in a row are written after the answer: which of two such calls of one session sees them is not said.
    const steps = this.#document.runaway === undefined ? [calls] : calls.map((call) => [call]);
    for (const step of steps) await this.#make(step);
  }

  #momentAfter(wait: Wait): number {
    if (typeof wait === "number") return this.#player.now + wait;
    const spans = [...spansOf(this.#document), lease];
    const since = this.#moments.at(-1 - wait.since) ?? this.#player.now;
    return since + (spans[wait.span % spans.length] ?? 0) + wait.and;
  }

  async #end({ which, how, cost }: NonNullable<TraceStep["ends"]>): Promise<void> {
    const [ended] = this.#open.length === 0 ? [] : this.#open.splice(which % this.#open.length, 1);
    const { now } = this.#player;
    if (ended === undefined || now >= ended.call.at + lease) return;
    await this.#player.end(ended.evaluationId, { how, cost });
    this.#reference.end(ended.call, { at: now, how, cost });
    this.#log.push(`${now} ${ended.call.tool} of ${ended.call.at} ends: ${how} ${cost ?? ""}`);
  }

  /** The calls are made in order, without waiting for each other: each is decided before any of them ends. */
  async #make(calls: TraceStep["calls"]): Promise<void> {
    const { now } = this.#player;
    const answers = await Promise.all(calls.map(({ call, course }) => this.#player.make(call, course)));
    const ends: (() => void)[] = [];
    for (const [place, { call, course }] of calls.entries()) {
      const right = this.#reference.judge(call, now);
      const said = answers[place];
      this.#log.push(`${now} ${JSON.stringify([call, course, said, right])}`);
      if (said === undefined || !right.some((answer) => isSame(answer, said))) {
        throw new Error(`the last answer is wrong: ${JSON.stringify(this.#document)}\n${this.#log.join("\n")}`);
      }
      this.agreements.push({ said, answers: right.length });
      const remembered = this.#reference.remember(call, now, said.code);
      if (said.code !== "permit") continue;
      if (course === "open") this.#open.push({ call: remembered, evaluationId: said.evaluationId });
      else ends.push(() => this.#reference.end(remembered, { at: now, how: course }));
    }
    for (const end of ends) end();
  }
}

/** The reference evaluator does not name rules of permission and of running away. */
function isSame(answer: StatefulAnswer, said: Said): boolean {
  return answer.code === said.code && (answer.rule === undefined || answer.rule === said.rule);
}
