import { expectEqual } from "../../try-store.ts";
import { type AdapterCase, adapterCase } from "../adapter-case.ts";
import { call } from "../adapter-trial.ts";
import { expectDenial, expectHidden, expectThat, shown } from "../expect-shown.ts";

const tools = {
  read: { scope: "tool:crm:read", cost: 0.02 },
  send: { scope: "tool:email:send:external", cost: 0.02 },
};

/** What a denied call does, which is nothing, and what the model is told of it. */
export const denialCases: readonly AdapterCase[] = [
  adapterCase(
    { id: "deny-never-runs", title: "E6: a denied call never runs, however often it is made", policy: { tools } },
    async (trial) => {
      const asked = [call("send", { to: "a" }), call("send", { to: "b" }), call("send", { to: "a" })];
      const report = await trial.run([trial.tool("send")], [asked.slice(0, 2), asked.slice(2)]);
      for (const { id } of asked) expectDenial(shown(report, id), "forbidden");
      expectEqual(trial.runs, [], "what ran");
      expectEqual(trial.outcomes(), [], "what has ended");
    },
  ),
  adapterCase(
    {
      id: "deny-says-why",
      title: "the model reads of a denied call one line with the code, the policy's own words and what to do instead",
      policy: {
        tools,
        policies: [
          { role: "rep", deny: [{ scope: "tool:email:**", message: "Mail goes by a manager.", hint: "Draft it." }] },
        ],
      },
    },
    async (trial) => {
      const asked = call("send");
      const text = shown(await trial.run([trial.tool("send")], [[asked]]), asked.id);
      expectEqual(expectDenial(text, "forbidden"), "Mail goes by a manager.", "the reason");
      expectEqual(JSON.parse(text).hint, "Draft it.", "the hint");
      expectEqual(text.split("\n").length, 1, "how many lines it has");
    },
  ),
  adapterCase(
    {
      id: "deny-hides-detail",
      title: "D11: what only administrators may read of a denial is in its record and never reaches the model",
      policy: { tools },
    },
    async (trial) => {
      const report = await trial.run([trial.tool("send")], [[call("send")]]);
      const detail = trial.decisions()[0]?.detail ?? "";
      expectThat(detail !== "", "the record has no detail, so nothing was tried");
      expectHidden(report.transcript, detail, "the detail");
      expectHidden(report.transcript, trial.decisions()[0]?.evaluationId ?? "", "the evaluation's id");
    },
  ),
  adapterCase(
    {
      id: "deny-ends-no-run",
      title: "a denial does not end the run: the calls beside it and after it still run",
      policy: { tools },
    },
    async (trial) => {
      const steps = [
        [call("read", { n: 1 }), call("send"), call("read", { n: 2 })],
        [call("send")],
        [call("read", { n: 3 })],
      ];
      const report = await trial.run([trial.tool("read"), trial.tool("send")], steps);
      const texts = steps.flat().map(({ id, tool }) => [tool, shown(report, id)] as const);
      for (const [tool, text] of texts) {
        if (tool === "send") expectDenial(text, "forbidden");
        else expectEqual(text, "read gave 12 deals", "what the model was shown");
      }
      expectEqual(trial.count("read"), 3, "how often the permitted tool ran");
    },
  ),
  adapterCase(
    {
      id: "deny-counts-for-nothing",
      title: "E6: a denied call charges nothing and satisfies no prerequisite",
      policy: {
        tools: { lookup: { scope: "tool:order:read", cost: 0.5 }, pay: { scope: "tool:pay", cost: 0.5 } },
        policies: [{ role: "rep", allow: ["tool:pay", { scope: "tool:order:read", when: "args.order == 'A-17'" }] }],
        rules: [{ id: "look-first", before: "tool:pay", require: "tool:order:read" }],
        budgets: [{ per: "user", limit: "1.00" }],
      },
    },
    async (trial) => {
      const all = [call("lookup", { order: "B" }), call("pay"), call("lookup", { order: "A-17" }), call("pay")];
      const report = await trial.run(
        [trial.tool("lookup"), trial.tool("pay")],
        all.map((one) => [one]),
      );
      const [first, second, , last] = all;
      expectDenial(shown(report, first?.id ?? ""), "condition_failed");
      expectDenial(shown(report, second?.id ?? ""), "history_requires");
      expectEqual(shown(report, last?.id ?? ""), "pay gave 12 deals", "what the model was shown once it had looked");
    },
  ),
];
