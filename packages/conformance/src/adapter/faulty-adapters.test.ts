import {
  type CallContext,
  type Deny,
  type JsonObject,
  renderDenial,
  resolveContext,
  UngovernableToolError,
  undecided,
} from "@ambit/core";
import { describe, expect, it } from "vitest";
import { adapterCases } from "./adapter-cases.ts";
import type { AdapterDriver, Authorization, ScriptedCall, ScriptedTool } from "./adapter-driver.ts";
import { joinAdapterSuite } from "./join-adapter-suite.ts";
import { playScript } from "./play-script.ts";

/** What a faulty adapter does, and cases that must notice it. */
const faults = {
  "runs everything unjudged": [
    "deny-never-runs",
    "deny-says-why",
    "deny-ends-no-run",
    "deny-counts-for-nothing",
    "siblings-after-read-first",
    "siblings-after-mail-first",
    "siblings-together",
    "siblings-budget",
    "siblings-limit",
    "siblings-same-id",
    "retries-counted",
    "sub-agent-denied",
    "two-runs-one-session",
    "context-missing",
    "no-policy",
    "suspended-midway",
    "withheld-result",
    "secret-of-store",
    "approval-asked",
    "approval-runs-once",
    "approval-siblings",
    "approval-bound",
    "approval-refused",
  ],
  "takes the history's word for an approval": ["approval-forged"],
  "shows what only administrators may see": [
    "deny-hides-detail",
    "secret-of-store",
    "secret-of-store-throws",
    "secret-of-audit",
    "secret-of-obligation",
    "secret-of-cost",
    "secret-of-ids",
    "store-fails",
    "audit-fails",
    "clock-fails",
  ],
  "shows what the model wrote in place of a reason": ["secret-of-condition", "secret-of-grant", "secret-of-argument"],
  "says no and nothing else": ["deny-says-why", "deny-never-runs"],
  "ends the run at a denial": ["deny-ends-no-run", "deny-never-runs"],
  "runs a permitted tool twice": ["permit-runs-once", "record-before-start", "replay-judged-anew"],
  "runs with the arguments as they are by then": ["arguments-cannot-change"],
  "judges the arguments as the model wrote them": ["reshaped-arguments-judged"],
  "knows a permit again by the id of its call": ["replay-judged-anew", "replay-after-revocation"],
  "takes a tool that was permitted once for permitted": ["retries-counted", "context-each-call", "suspended-midway"],
  "gives each run a session of its own": [
    "two-runs-one-session",
    "sub-agent-same-session",
    "labels-before-release",
    "siblings-after-read-first",
  ],
  "takes the subject from the arguments": ["subject-from-arguments"],
  "tells the arguments to whoever finds out the subject": ["context-told-no-arguments"],
  "finds out the subject once a run": ["context-each-call"],
  "takes the last subject where there is none": [
    "context-missing",
    "context-thrown",
    "context-rejected",
    "context-malformed",
  ],
  "passes over names that objects inherit": [
    "inherited-name-constructor",
    "inherited-name-tostring",
    "inherited-name-hasownproperty",
    "inherited-name-proto",
  ],
  "runs the nearest tool for a name that none has": ["unregistered-name"],
  "runs where the authorizer fails": ["authorizer-fails"],
  "runs where nothing could be decided": [
    "store-fails",
    "store-hangs",
    "audit-fails",
    "audit-hangs",
    "clock-fails",
    "no-policy",
  ],
  "passes no signal on": ["abort-before-start"],
  "begins before it is decided": ["record-before-start", "generator-waits", "deny-never-runs", "abort-before-start"],
  "answers for a tool that fails": [
    "failure-settles",
    "throw-settles",
    "failure-satisfies-nothing",
    "withheld-error",
    "generator-settles",
  ],
  "adds to results": ["results-unchanged", "permit-runs-once"],
  "shows a result before it was judged": ["withheld-result", "withheld-error", "secret-of-classifier"],
  "shows chunks before they were judged": ["generator-withheld"],
  "describes tools in its own words": ["offer-unchanged"],
  "wraps whatever it is given": ["ungovernable-refused"],
  "wraps a tool once for all its users": ["shared-tools"],
} as const;

type Fault = keyof typeof faults;

describe("an adapter that does all that it must", () => {
  for (const { name, run } of joinAdapterSuite(driverWith(undefined), [])) it(name, run);
});

describe.each(Object.entries(faults) as [Fault, readonly string[]][])("an adapter that %s", (fault, caught) => {
  it.each(caught)("is caught by %s", async (id) => {
    const [test] = joinAdapterSuite(driverWith(fault), []).filter(({ name }) => name.startsWith(`${id}: `));
    await expect(test?.run()).rejects.toThrow();
  });
});

it("every case can fail", () => {
  const caught: readonly string[] = Object.values(faults).flat();
  expect(adapterCases.map(({ id }) => id).filter((id) => !caught.includes(id))).toEqual([]);
});

/** A small framework, whose tools can do all that a framework's can, and its adapter, with a fault or without one. */
function driverWith(fault: Fault | undefined): AdapterDriver {
  const permitted = new Set<string>();
  const shared = new WeakMap<ScriptedTool, Authorization>();
  return {
    capabilities: ["abort", "approve", "reshape", "yield", "offer", "refuse"],
    run: async ({ tools, steps, authorization, onBegin, approved }) => {
      const run: Run = {
        fault,
        approved,
        signal: { aborted: false },
        permitted,
        shared,
        once: undefined,
        seen: [],
      };
      onBegin?.(async () => {
        run.signal.aborted = true;
      });
      const report = await playScript({ steps }, async (call) => {
        const nearest = fault === "runs the nearest tool for a name that none has" ? tools[0] : undefined;
        const found = tools.find(({ name }) => name === call.tool) ?? nearest;
        if (found === undefined) return "there is no such tool";
        try {
          const result = await (authorization === undefined
            ? resultOf(found.body(reshaped(found, call)), run)
            : judge(found, call, run, authorization));
          return authorization !== undefined && fault === "adds to results" ? `${result}!` : result;
        } catch (error) {
          if (error instanceof EndOfRun) throw error;
          return error instanceof Error ? error.message : "it failed";
        }
      });
      const described = authorization !== undefined && fault === "describes tools in its own words";
      const offered = tools.map(({ name, description, parameters }) => ({
        name,
        description: described ? "A guarded tool." : description,
        parameters,
      }));
      return { ...report, transcript: `${report.transcript} ${run.seen.join(" ")}`, offered };
    },
    ungovernable: () => [
      {
        kind: "a tool that runs elsewhere",
        wrap: () => {
          if (fault === "wraps whatever it is given") return {};
          throw new UngovernableToolError("search", "it runs elsewhere");
        },
      },
    ],
  };
}

interface Run {
  readonly fault: Fault | undefined;
  readonly approved: true | undefined;
  readonly signal: { aborted: boolean };
  /** By call id or tool, for whoever remembers. */
  readonly permitted: Set<string>;
  readonly shared: WeakMap<ScriptedTool, Authorization>;
  once: Promise<CallContext | undefined> | undefined;
  /** Chunks, as the application gets them. */
  readonly seen: string[];
}

class EndOfRun extends Error {}

async function judge(tool: ScriptedTool, call: ScriptedCall, run: Run, given: Authorization): Promise<string> {
  const { fault, permitted } = run;
  const { authorizer } = given;
  const written = reshaped(tool, call);
  const unjudged = () => resultOf(tool.body(written), run);
  if (fault === "runs everything unjudged") return unjudged();
  if (fault === "takes the history's word for an approval" && run.approved) return unjudged();
  if (fault === "passes over names that objects inherit" && tool.name in {}) return unjudged();
  const key = fault === "knows a permit again by the id of its call" ? call.id : tool.name;
  const remembers = key === call.id || fault === "takes a tool that was permitted once for permitted";
  if (remembers && permitted.has(key)) return unjudged();
  if (fault === "begins before it is decided") void Promise.resolve(unjudged()).catch(() => {});
  const context = await contextOf(tool, call, run, given);
  const judged = fault === "judges the arguments as the model wrote them" ? call.arguments : written;
  const asked = { tool: tool.name, arguments: judged, id: call.id };
  let result: string | undefined;
  let started = false;
  const body = (args: Record<string, unknown>) => {
    started = true;
    permitted.add(key);
    if (fault === "runs a permitted tool twice") void tool.body(args);
    const held = fault === "runs with the arguments as they are by then" || judged !== written ? written : args;
    return tool.body(held);
  };
  const settle = async (work: () => ReturnType<ScriptedTool["body"]>): Promise<string> => {
    try {
      result = await resultOf(work(), run);
      return result;
    } catch (error) {
      if (error instanceof Error) result = error.message;
      if (fault !== "answers for a tool that fails") throw error;
      return "it failed";
    }
  };
  const early = fault === "shows chunks before they were judged" || fault === "answers for a tool that fails";
  try {
    const outcome =
      tool.yields && !early
        ? await authorizer.stream(asked, context, (args) => body(args) as AsyncGenerator<string>)
        : await authorizer.run(asked, context, (args) => settle(() => body(args)));
    if (!outcome.executed) {
      if (fault === "shows a result before it was judged" && result !== undefined) return result;
      return denied(outcome.decision, call, run, unjudged);
    }
    return "stream" in outcome ? await lastOf(outcome.stream, run) : outcome.result;
  } catch (error) {
    if (started) throw error;
    const isDenial = error instanceof Error && error.message.startsWith('{"error"');
    if (isDenial) throw error;
    return fault === "runs where the authorizer fails" ? unjudged() : renderDenial(undecided);
  }
}

function denied(
  decision: Deny,
  call: ScriptedCall,
  { fault }: Run,
  unjudged: () => Promise<string>,
): string | Promise<string> {
  const line = renderDenial(decision);
  switch (fault) {
    case "says no and nothing else":
      return "No.";
    case "ends the run at a denial":
      throw new EndOfRun(line);
    case "shows what only administrators may see":
      return JSON.stringify({ ...JSON.parse(line), detail: decision.detail });
    case "shows what the model wrote in place of a reason":
      return JSON.stringify({ ...JSON.parse(line), message: call.arguments as JsonObject });
    case "runs where nothing could be decided":
      return decision.code === "unavailable" || decision.code === "indeterminate" ? unjudged() : line;
    default:
      return line;
  }
}

/** The subject of the last call, for whoever takes it for that of the next. */
let last: CallContext | undefined;

async function contextOf(
  tool: ScriptedTool,
  call: ScriptedCall,
  run: Run,
  given: Authorization,
): Promise<CallContext | undefined> {
  const { fault, shared } = run;
  if (!shared.has(tool)) shared.set(tool, given);
  const { context: source } = fault === "wraps a tool once for all its users" ? (shared.get(tool) ?? given) : given;
  const tells = fault === "tells the arguments to whoever finds out the subject";
  const information = tells ? { tool: tool.name, ...call.arguments } : { tool: tool.name };
  const signal = fault === "passes no signal on" ? undefined : run.signal;
  const asking = resolveContext({ source, information, signal });
  run.once ??= asking;
  const context = await (fault === "finds out the subject once a run" ? run.once : asking);
  if (fault === "takes the last subject where there is none" && context?.actor === undefined) return last;
  last = context;
  if (context === undefined) return undefined;
  if (fault === "gives each run a session of its own") return { ...context, session: `${Math.random()}` };
  const claimed = call.arguments["subject"];
  const taken = fault === "takes the subject from the arguments" && claimed !== undefined;
  return taken ? { ...context, subject: claimed as CallContext["subject"] } : context;
}

function reshaped({ reshape }: ScriptedTool, { arguments: args }: ScriptedCall): Record<string, unknown> {
  return reshape?.(args) ?? args;
}

async function resultOf(given: ReturnType<ScriptedTool["body"]>, run: Run): Promise<string> {
  return typeof given === "object" && Symbol.asyncIterator in given ? lastOf(given, run) : given;
}

async function lastOf(chunks: AsyncIterable<string>, { seen }: Run): Promise<string> {
  let chunk = "";
  for await (chunk of chunks) seen.push(chunk);
  return chunk;
}
