import { createAuthorizer, parsePolicy } from "@ambit/core";
import { compileLaterLoop } from "../compile-loop.ts";
import { type Contender, measure } from "../measure.ts";
import { tellProgress } from "../progress.ts";
import { readableRatio, readableTime } from "../readable.ts";
import { divide, type Effort, type Report, type Section } from "../section.ts";
import { queue, simulatedClock } from "../whole-decision/whole-contenders.ts";
import { aiSdkLoops } from "./ai-sdk-loop.ts";
import { type Authorization, type FrameworkLoop, toolName } from "./framework-loop.ts";
import { langChainLoops } from "./langchain-loop.ts";
import { mastraLoop } from "./mastra-loop.ts";
import { mcpLoop } from "./mcp-loop.ts";
import { openAiAgentsLoop } from "./openai-agents-loop.ts";
import { plainFunctionLoop } from "./plain-function-loop.ts";

/** What a wrapped tool adds to each framework's own loop, beside the same loop with the tool as it is. */
export const frameworksSection: Section = { name: "frameworks", run: benchFrameworks };

const loops: readonly FrameworkLoop[] = [
  ...aiSdkLoops,
  ...langChainLoops,
  openAiAgentsLoop,
  mastraLoop,
  mcpLoop,
  plainFunctionLoop,
];

const policy = parsePolicy(`
tools:
  ${toolName}: { scope: tool:crm:read, cost: 0.002 }
  mcp:crm/${toolName}: { scope: tool:crm:read, cost: 0.002 }
policies:
  - { role: rep, allow: [{ scope: tool:crm:read, when: args.limit <= 100 }] }
rules:
  - { id: no-mail-after-crm, after: tool:crm:read, deny: tool:email:send, within: 1h }
limits:
  - { per: user, max: 1000, window: 1s }
budgets:
  - { per: user, limit: "1000000.00", window: day }
`);
const context = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "assistant" },
  session: "s1",
};

async function benchFrameworks(effort: Effort): Promise<Report> {
  const contenders: Contender[] = [];
  for (const loop of loops) {
    tellProgress(`frameworks: ${loop.name}`);
    contenders.push(await contender(loop, undefined));
    const authorizer = createAuthorizer({ policy, audit: queue(), clock: simulatedClock() });
    contenders.push(await contender(loop, { authorizer, context }));
  }
  const timings = await measure(contenders, effort);
  const rows = loops.map(({ name }) => {
    const [bare, wrapped] = [timings.get(nameOf(name, false)), timings.get(nameOf(name, true))];
    const ratio = divide(wrapped, bare);
    const added = bare === undefined || wrapped === undefined ? undefined : wrapped - bare;
    const cells = [bare, wrapped, added].map((time) => (time === undefined ? "" : readableTime(time)));
    return {
      name,
      cells: [...cells, ratio === undefined ? "" : readableRatio(ratio)],
      figures: [bare, wrapped, ratio],
    };
  });
  return {
    tables: [{ title: "One run", columns: ["", "as it is", "authorized", "added", "ratio"], rows }],
    goals: [],
    notes: [
      "One run: the model calls one tool, sees its result and is done; model and tool answer at once. A condition, a rule over",
      "history, a limit, a budget and two records for each call. A real model takes a thousand times as long and more.",
    ],
  };
}

/** Its first runs are checked: the tool must run once in each. */
async function contender(loop: FrameworkLoop, authorization: Authorization | undefined): Promise<Contender> {
  const name = nameOf(loop.name, authorization !== undefined);
  let ran = 0;
  const run = await loop.prepare(authorization, () => {
    ran += 1;
    return "12 deals";
  });
  for (let count = 1; count <= 3; count += 1) {
    await run();
    if (ran !== count) throw new Error(`${name}: the tool ran ${ran} times in ${count} runs, so nothing was measured`);
  }
  const answer = async () => {
    const before = ran;
    await run();
    return ran === before + 1;
  };
  const timed = compileLaterLoop(answer, [undefined]);
  return {
    name,
    loop: async (times) => {
      if ((await timed(times)) === times) return;
      throw new Error(`${name}: a call was refused while it was timed, so nothing was measured`);
    },
  };
}

function nameOf(name: string, authorized: boolean): string {
  return authorized ? `${name}, authorized` : name;
}
