import { expectEqual } from "../../try-store.ts";
import { type AdapterCase, adapterCase } from "../adapter-case.ts";
import { call, rep } from "../adapter-trial.ts";
import { expectDenial, expectThat, shown } from "../expect-shown.ts";

const tools = {
  read: { scope: "tool:crm:read", cost: 0.02 },
  mail: { scope: "tool:email:send:internal", cost: 0.02 },
  ask: { scope: "tool:ask" },
};
const after = [{ id: "stays", after: "tool:crm:read", deny: "tool:email:send:internal" }];

/** Calls that are made again, by the model, a retry, a resumed run or an agent inside a tool. */
export const repetitionCases: readonly AdapterCase[] = [
  adapterCase(
    {
      id: "retries-counted",
      title: "each retry of a call that failed is judged and counted",
      policy: { tools, limits: [{ per: "user", max: 2, window: "1h" }] },
    },
    async (trial) => {
      const failing = trial.tool("read", () => Promise.reject(new Error("no such quarter")));
      const asked = [1, 2, 3].map(() => call("read", { quarter: "Q9" }));
      const report = await trial.run(
        [failing],
        asked.map((one) => [one]),
      );
      expectEqual(trial.count("read"), 2, "how often the tool ran");
      expectDenial(shown(report, asked[2]?.id ?? ""), "rate_limited");
    },
  ),
  adapterCase(
    {
      id: "replay-judged-anew",
      title:
        "E3: a call that comes again under its id, as when a run is resumed, is judged anew and runs once an allow",
      policy: { tools, budgets: [{ per: "user", limit: "0.05", window: "day" }] },
    },
    async (trial) => {
      const asked = call("read", { quarter: "Q1" }, "replayed");
      const texts: string[] = [];
      for (let time = 0; time < 4; time += 1) {
        texts.push(shown(await trial.run([trial.tool("read")], [[asked]]), asked.id));
      }
      expectEqual(trial.count("read"), 2, "how often the tool ran on a budget for two");
      for (const text of texts.slice(2)) expectDenial(text, "budget_exhausted");
    },
  ),
  adapterCase(
    {
      id: "replay-after-revocation",
      title: "a call that was permitted and comes again under its id is denied once the user has lost the role",
      policy: { tools },
    },
    async (trial) => {
      const asked = call("read", { quarter: "Q1" }, "replayed");
      await trial.run([trial.tool("read")], [[asked]]);
      const context = { ...rep, subject: { ...rep.subject, roles: [] } };
      const again = await trial.run([trial.tool("read")], [[asked]], { context });
      expectDenial(shown(again, asked.id), "not_granted");
      expectEqual(trial.count("read"), 1, "how often the tool ran");
    },
  ),
  adapterCase(
    {
      id: "sub-agent-same-session",
      title: "S4: what an agent inside a tool did counts for the agent that called it, and the other way round",
      policy: { tools, rules: after },
    },
    async (trial) => {
      const inner = [call("mail"), call("read"), call("mail")];
      let reported = "";
      const ask = trial.tool("ask", async () => {
        const report = await trial.run(
          [trial.tool("read"), trial.tool("mail")],
          inner.map((one) => [one]),
        );
        reported = shown(report, inner[2]?.id ?? "");
        return report.text;
      });
      const outer = [call("ask"), call("mail")];
      const report = await trial.run(
        [ask, trial.tool("mail")],
        outer.map((one) => [one]),
      );
      expectEqual(shown(report, outer[0]?.id ?? ""), "done", "what the inner agent gave");
      expectDenial(reported, "history_forbids");
      expectDenial(shown(report, outer[1]?.id ?? ""), "history_forbids");
      expectEqual([trial.count("read"), trial.count("mail")], [1, 1], "how often the tools ran");
    },
  ),
  adapterCase(
    {
      id: "sub-agent-denied",
      title: "an agent inside a tool that is denied never begins",
      policy: { tools, policies: [{ role: "rep", allow: ["tool:crm:read"] }] },
    },
    async (trial) => {
      let begun = false;
      const ask = trial.tool("ask", async () => {
        begun = true;
        return (await trial.run([trial.tool("read")], [[call("read")]])).text;
      });
      const asked = call("ask");
      expectDenial(shown(await trial.run([ask], [[asked]]), asked.id), "not_granted");
      expectThat(!begun, "the inner agent has begun");
    },
  ),
  adapterCase(
    {
      id: "two-runs-one-session",
      title: "S2: what a session has done counts in its next run, and not in another session",
      policy: { tools, rules: after },
    },
    async (trial) => {
      await trial.run([trial.tool("read")], [[call("read")]]);
      const asked = call("mail");
      expectDenial(shown(await trial.run([trial.tool("mail")], [[asked]]), asked.id), "history_forbids");
      await trial.run([trial.tool("mail")], [[call("mail")]], { context: { ...rep, session: "s2" } });
      expectEqual(trial.count("mail"), 1, "how often mail was sent in another session");
    },
  ),
];
