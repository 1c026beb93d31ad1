import { expectEqual } from "../../try-store.ts";
import { type AdapterCase, adapterCase } from "../adapter-case.ts";
import { type AdapterTrial, call, turns } from "../adapter-trial.ts";
import { expectDenial, shown } from "../expect-shown.ts";

const read = { read: { scope: "tool:crm:read", cost: 0.02 } };
const pay = { pay: { scope: "tool:pay" } };
const small = [{ role: "rep", allow: [{ scope: "tool:pay", when: "args.amount <= 200" }] }];

/** What a permitted call runs, when, and with what. */
export const executionCases: readonly AdapterCase[] = [
  adapterCase(
    {
      id: "permit-runs-once",
      title: "E3: a permitted call runs its tool once, with the judged arguments, and the model gets its result",
      policy: { tools: read },
    },
    async (trial) => {
      const args = { quarter: "Q1", filter: { regions: ["north", "south"], open: true, limit: 7 } };
      const asked = call("read", args);
      const report = await trial.run([trial.tool("read")], [[asked]]);
      expectEqual(trial.runs, [{ tool: "read", arguments: args }], "what ran");
      expectEqual(shown(report, asked.id), "read gave 12 deals", "what the model was shown");
      expectEqual(ends(trial), ["succeeded 0.02"], "how the call ended");
    },
  ),
  adapterCase(
    {
      id: "results-unchanged",
      title: "the model is shown of permitted calls what it is shown without authorization",
      policy: { tools: { ...read, ...pay } },
    },
    async (trial) => {
      const steps = [[call("read", { quarter: "Q1" }), call("pay", { amount: 3 })], [call("read", { quarter: "Q2" })]];
      const tools = [trial.tool("read"), trial.tool("pay")];
      const plain = await trial.run(tools, steps, { plain: true });
      expectEqual((await trial.run(tools, steps)).results, plain.results, "what the model was shown");
      expectEqual(plain.results.length, 3, "how many results the model was shown");
    },
  ),
  adapterCase(
    {
      id: "record-before-start",
      title: "E1: a tool starts once the record of its permit is durable, and no sooner",
      policy: { tools: read },
    },
    async (trial) => {
      const early: number[] = [];
      trial.onRecord = async ({ type }) => {
        await turns(50);
        if (type === "decision") early.push(trial.count("read"));
      };
      await trial.run([trial.tool("read")], [[call("read")], [call("read")]]);
      expectEqual(early, [0, 1], "how often the tool had run when each record became durable");
    },
  ),
  adapterCase(
    {
      id: "reshaped-arguments-judged",
      title: "E2: arguments that were changed on their way are judged as they are when they arrive",
      needs: ["reshape"],
      policy: { tools: pay, policies: small },
    },
    async (trial) => {
      const asked = [call("pay", { amount: 5 }), call("pay", { amount: 5_000 })];
      const steps = [asked];
      const raised = trial.tool("pay", undefined, {
        reshape: ({ amount }) => ({ amount: Math.max(Number(amount), 500) }),
      });
      for (const { id } of asked) expectDenial(shown(await trial.run([raised], steps), id), "condition_failed");
      expectEqual(trial.runs, [], "what ran");
      const lowered = trial.tool("pay", undefined, {
        reshape: ({ amount }) => ({ amount: Math.min(Number(amount), 100) }),
      });
      await trial.run([lowered], [[call("pay", { amount: 5_000 })]]);
      expectEqual(trial.runs, [{ tool: "pay", arguments: { amount: 100 } }], "what ran");
    },
  ),
  adapterCase(
    {
      id: "arguments-cannot-change",
      title: "E2: what changes arguments after they were judged does not reach the tool",
      needs: ["reshape"],
      policy: { tools: pay, policies: small },
    },
    async (trial) => {
      const held = { amount: 5, order: { id: "A-17" } };
      trial.onRecord = () => {
        held.amount = 5_000;
        held.order.id = "B-18";
      };
      const completing = trial.tool("pay", undefined, { reshape: (given) => ("order" in given ? given : held) });
      await trial.run([completing], [[call("pay")]]);
      expectEqual(held.amount, 5_000, "what the arguments were changed to");
      expectEqual(trial.runs, [{ tool: "pay", arguments: { amount: 5, order: { id: "A-17" } } }], "what ran");
    },
  ),
];

function ends(trial: AdapterTrial): readonly string[] {
  return trial.outcomes().map(({ status, cost }) => `${status} ${cost}`);
}
