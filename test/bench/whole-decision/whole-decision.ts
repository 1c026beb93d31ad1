import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuditLog, createAuthorizer, type Policy, parsePolicy } from "@ambit/core";
import { openFileAuditLog } from "@ambit/core/node";
import { type Contender, measure } from "../measure.ts";
import { ambitContenders } from "../permission/ambit-contenders.ts";
import { casbinContenders } from "../permission/casbin-contenders.ts";
import { cedarContenders, cedarName, slicedCedarName } from "../permission/cedar-contenders.ts";
import { governanceContenders } from "../permission/governance-contenders.ts";
import { caslName, libraryContenders } from "../permission/library-contenders.ts";
import { prepareContender } from "../permission/time-contenders.ts";
import { tellProgress } from "../progress.ts";
import { readableCount, readableRatio, readableTime } from "../readable.ts";
import { divide, type Effort, type Goal, type Report, ratioGoal, type Section, type Table } from "../section.ts";
import { countTurns } from "./count-turns.ts";
import { verifyStages } from "./verify-stages.ts";
import { chainedContender, queue, unawaitedContender, type Way, ways, wholeContender } from "./whole-contenders.ts";
import { type Asked, ample, askCalls, seedPlan, wholePolicy } from "./whole-policy.ts";

/** What a decision costs that asks for everything at once, beside what others take for the permission check alone. */
export const wholeDecisionSection: Section = { name: "whole-decision", run: benchWholeDecision };

/** What is timed of the peers: whether a role may call a tool, and nothing else. */
const peerNames: readonly string[] = [
  cedarName,
  slicedCedarName,
  "casbin, enforceSync",
  caslName,
  "agent-governance-sdk, executeWithGovernance",
  "Ambit, checkPermissions",
];
const peers = [
  ...cedarContenders,
  ...casbinContenders,
  ...libraryContenders,
  ...governanceContenders,
  ...ambitContenders,
].filter(({ name }) => peerNames.includes(name));

const unawaited = "Ambit, run, all permitted, enqueued, not awaited";
const kinds = ["half stopped", "all permitted"] as const;
// No more than there are calls, so that no session has two under way.
const width = 256;

async function benchWholeDecision(effort: Effort): Promise<Report> {
  const asked = askCalls(effort.rounds > 1 ? 4_096 : 512);
  tellProgress("whole decisions: checking that every stage stops what it must");
  await verifyStages(asked);
  const folder = await mkdtemp(join(tmpdir(), "ambit-bench-"));
  const audit = await openFileAuditLog(join(folder, "audit.jsonl"), { capacity: 4 * width });
  try {
    const policy = parsePolicy(wholePolicy(asked, ample));
    const contenders = await peerContenders(asked, effort);
    contenders.push(...(await ownContenders(asked, { policy, audit })));
    // More sessions than an authorizer remembers anything of for the sake of speed.
    const many = askCalls(effort.rounds > 1 ? 60_000 : 512).filter(({ allowed }) => allowed);
    contenders.push(await wholeContender({ name: manyName(many.length), way: "run", policy, asked: many }));
    const permitted = asked.filter(({ allowed }) => allowed);
    contenders.push(await unawaitedContender({ name: unawaited, policy, asked: permitted }));
    tellProgress(`whole decisions: timing ${contenders.length} contenders`);
    const timings = await measure(contenders, effort);
    return { tables: [makeTable(timings)], goals: [...goalsOf(timings), ...(await asyncGoals(asked, timings))], notes };
  } finally {
    await audit.close();
    await rm(folder, { recursive: true });
  }
}

const notes: readonly string[] = [
  "Peers: whether the role may call the tool, and nothing else. Ambit: also a condition on the arguments, a rule over",
  "history, three limits, two budgets that are reserved and settled, and the records of decision and outcome.",
  "Each of 4,096 calls is made again and again, in a session of its own; in one line there are so many sessions that",
  "nothing of an earlier call is at hand. Not awaited: all is done before there is a promise; the rest is what waiting adds.",
  "Half stopped: half of the calls end at the permission check, as the peers' queries do. Ratios are to the first line.",
  `Chained: ${width} calls at once, their records written in canonical form, chained by SHA-256 and appended to a file: the`,
  "processor's time of the deciding thread, the appending included, the waiting for the disk not.",
  "executeWithGovernance copies its list of records for each one once it holds 10,000.",
];

async function peerContenders(asked: readonly Asked[], effort: Effort): Promise<Contender[]> {
  const queries = asked.map(({ query }) => query);
  const prepared: Contender[] = [];
  for (const contender of peers) {
    tellProgress(`whole decisions: ${contender.name}`);
    const peer = await prepareContender(contender, { size: "seed", plan: seedPlan, queries }, effort);
    if (typeof peer !== "string") prepared.push(peer);
  }
  return prepared;
}

async function ownContenders(
  asked: readonly Asked[],
  { policy, audit }: { readonly policy: Policy; readonly audit: AuditLog },
): Promise<Contender[]> {
  const contenders: Contender[] = [];
  for (const kind of kinds) {
    const calls = kind === "half stopped" ? asked : asked.filter(({ allowed }) => allowed);
    for (const way of Object.keys(ways) as Way[]) {
      contenders.push(await wholeContender({ name: nameOf(way, "enqueued", kind), way, policy, asked: calls }));
    }
    const name = nameOf("run", "chained", kind);
    contenders.push(await chainedContender({ name, way: "run", policy, asked: calls }, { audit, width }));
  }
  return contenders;
}

function nameOf(way: Way, records: "enqueued" | "chained", kind: (typeof kinds)[number]): string {
  return `Ambit, ${way}, ${kind}, ${records}`;
}

function manyName(sessions: number): string {
  return `Ambit, run, all permitted, enqueued, ${readableCount(sessions)} sessions in turn`;
}

function makeTable(timings: ReadonlyMap<string, number>): Table {
  const reference = timings.get(cedarName);
  const rows = [...timings].map(([name, nanoseconds]) => {
    const ratio = divide(reference, nanoseconds);
    const cells = [readableTime(nanoseconds), ratio === undefined ? "" : readableRatio(ratio)];
    return { name, cells, figures: [nanoseconds, ratio] };
  });
  return { title: "The article's policy, nine rules", columns: ["", "time", "times as fast"], rows };
}

function goalsOf(timings: ReadonlyMap<string, number>): Goal[] {
  const beside = (records: "enqueued" | "chained", kind: (typeof kinds)[number]) =>
    divide(timings.get(cedarName), timings.get(nameOf("run", records, kind)));
  return kinds.flatMap((kind) => [
    ratioGoal(
      "G1",
      `whole decision, ${kind}, record enqueued: ≥ 100× faster than cedar-wasm's permission check alone`,
      {
        ratio: beside("enqueued", kind),
        atLeast: 100,
      },
    ),
    ratioGoal("G2", `whole decision, ${kind}, records chained: ≥ 25× faster than cedar-wasm's permission check alone`, {
      ratio: beside("chained", kind),
      atLeast: 25,
    }),
  ]);
}

async function asyncGoals(asked: readonly Asked[], timings: ReadonlyMap<string, number>): Promise<Goal[]> {
  const authorizer = createAuthorizer({ policy: parsePolicy(wholePolicy(asked, ample)), audit: queue() });
  const call = asked.find(({ allowed }) => allowed);
  if (call === undefined) throw new Error("none of the calls is permitted");
  const turns = await countTurns(() => ways.run(authorizer, call));
  return [
    {
      id: "G14",
      words:
        "run around a tool that answers at once takes ≤ 1 turn of the microtask queue beyond an empty async function",
      found: `${turns} turns`,
      status: turns <= 1 ? "met" : "missed",
    },
    ratioGoal("G14", "run, awaited, takes ≤ 1.5× the time of the same calls that nobody waits for", {
      ratio: divide(timings.get(nameOf("run", "enqueued", "all permitted")), timings.get(unawaited)),
      atMost: 1.5,
    }),
  ];
}
