import { expectEqual } from "../../try-store.ts";
import { type AdapterCase, adapterCase } from "../adapter-case.ts";
import { type AdapterTrial, call } from "../adapter-trial.ts";
import { expectDenial, expectThat, shown } from "../expect-shown.ts";

const tools = { read: { scope: "tool:crm:read", cost: 0.02 }, mail: { scope: "tool:email:send:internal" } };
const after = [{ id: "stays", after: "tool:crm:read", deny: "tool:email:send:internal" }];

/** Calls that a model makes at once are judged against each other. */
export const siblingCases: readonly AdapterCase[] = [
  ...(["read first", "mail first"] as const).map((order) =>
    adapterCase(
      {
        id: `siblings-after-${order.replace(" ", "-")}`,
        title: `S3: of a forbidden sequence in one step never both run with the first decided first (${order})`,
        policy: { tools, rules: after },
      },
      async (trial) => {
        const step = [call("read"), call("mail")];
        if (order === "mail first") step.reverse();
        await trial.run([trial.tool("read"), trial.tool("mail")], [step]);
        expectThat(trial.count("read") === 1, "what starts the sequence did not run, so nothing was tried");
        expectOrder(trial);
        const late = call("mail");
        expectDenial(shown(await trial.run([trial.tool("mail")], [[late]]), late.id), "history_forbids");
      },
    ),
  ),
  adapterCase(
    {
      id: "siblings-together",
      title: "S3: of calls in one step that may not come together, the one that would complete them never runs",
      policy: {
        tools: { ...tools, note: { scope: "tool:note" } },
        rules: [{ id: "apart", together: ["tool:crm:read", "tool:email:send:internal", "tool:note"] }],
      },
    },
    async (trial) => {
      const names = ["read", "mail", "note"];
      await trial.run(
        names.map((name) => trial.tool(name)),
        [names.map((name) => call(name))],
      );
      expectEqual(trial.runs.length, 2, "how many of the three ran");
    },
  ),
  adapterCase(
    {
      id: "siblings-budget",
      title: "B1: of six calls in one step as many run as the budget covers",
      policy: { tools, budgets: [{ per: "user", limit: "0.05", window: "day" }] },
    },
    (trial) => expectOnly(trial, 2, "budget_exhausted"),
  ),
  adapterCase(
    {
      id: "siblings-limit",
      title: "B11: of six calls in one step as many run as the limit admits",
      policy: { tools, limits: [{ per: "user", max: 3, window: "1h" }] },
    },
    (trial) => expectOnly(trial, 3, "rate_limited"),
  ),
  adapterCase(
    {
      id: "siblings-same-id",
      title: "E3: calls of one step that share their id run no more often than they are permitted",
      policy: { tools, budgets: [{ per: "user", limit: "0.05", window: "day" }] },
    },
    async (trial) => {
      const step = Array.from({ length: 4 }, () => call("read", { quarter: "Q1" }, "the-same"));
      // What a framework makes of them is its own affair, up to refusing the step.
      await trial.attempt([trial.tool("read")], [step]).catch(() => {});
      expectThat(trial.count("read") <= 2, `the tool ran ${trial.count("read")} times on a budget for two`);
    },
  ),
];

async function expectOnly(trial: AdapterTrial, expected: number, code: "budget_exhausted" | "rate_limited") {
  const step = Array.from({ length: 6 }, (_, n) => call("read", { quarter: `Q${n}` }));
  const report = await trial.run([trial.tool("read")], [step]);
  expectEqual(trial.count("read"), expected, "how often the tool ran");
  const denied = step.map(({ id }) => shown(report, id)).filter((text) => text !== "read gave 12 deals");
  for (const text of denied) expectDenial(text, code);
  expectEqual(denied.length, step.length - expected, "how many denials the model was shown");
}

function expectOrder(trial: AdapterTrial): void {
  const order = trial.permits().map(({ scopes }) => scopes[0]);
  const [reading, mailing] = [order.indexOf("tool:crm:read"), order.indexOf("tool:email:send:internal")];
  expectThat(mailing === -1 || mailing < reading, "both ran, though the first of the sequence was decided first");
}
