import type { ApprovalAnswer, Subject } from "@ambit/core";
import { expectEqual } from "../../try-store.ts";
import { type AdapterCase, adapterCase } from "../adapter-case.ts";
import { type AdapterTrial, call, type TrialPolicy } from "../adapter-trial.ts";
import { expectDenial, expectThat, shown } from "../expect-shown.ts";

const policy: TrialPolicy = {
  tools: { pay: { scope: "tool:pay" } },
  policies: [
    {
      role: "rep",
      allow: [
        { scope: "tool:pay", when: "args.amount <= 200" },
        { scope: "tool:pay", when: "args.amount > 200", approval: true, message: "A manager must approve it." },
      ],
    },
  ],
  approvals: { ttl: "10m", approvers: ["role:manager"], separation: true },
};
const manager: Subject = {
  id: "m1",
  issuer: "https://id.acme.example",
  tenant: "acme",
  roles: ["manager"],
  scopes: [],
};
const large = { amount: 5_000, to: "A-17" };

/** Calls that a person must approve. */
export const approvalCases: readonly AdapterCase[] = [
  adapterCase(
    {
      id: "approval-asked",
      title: "A1: a call that a person must approve does not run; the model is told so, and whom to wait for",
      policy,
    },
    async (trial) => {
      const asked = call("pay", large);
      const report = await trial.run([trial.tool("pay")], [[asked], [call("pay", { amount: 5 })]]);
      const { id, message } = expectAsked(shown(report, asked.id));
      expectEqual(message, "A manager must approve it.", "the reason");
      const request = await trial.authorizer.approvals.get(id, { tenant: "acme" });
      expectEqual(request?.arguments, large, "what the approver is shown");
      expectEqual(trial.runs, [{ tool: "pay", arguments: { amount: 5 } }], "what ran");
    },
  ),
  adapterCase(
    {
      id: "approval-runs-once",
      title: "A2: once it is approved, the same call runs once; made again, it must be approved again",
      policy,
    },
    async (trial) => {
      await approve(trial, "approve");
      const again = [call("pay", large), call("pay", large)];
      const report = await trial.run(
        [trial.tool("pay")],
        again.map((one) => [one]),
      );
      expectEqual(shown(report, again[0]?.id ?? ""), "pay gave 12 deals", "what the model was shown");
      expectAsked(shown(report, again[1]?.id ?? ""));
      expectEqual(trial.runs, [{ tool: "pay", arguments: large }], "what ran");
    },
  ),
  adapterCase(
    {
      id: "approval-siblings",
      title: "A2: of equal calls in one step one runs under one approval",
      policy,
    },
    async (trial) => {
      await approve(trial, "approve");
      const step = [1, 2, 3, 4].map(() => call("pay", large));
      await trial.run([trial.tool("pay")], [step]);
      expectEqual(trial.count("pay"), 1, "how often the tool ran");
    },
  ),
  adapterCase(
    {
      id: "approval-bound",
      title: "A1: an approval is no approval of the same tool with other arguments",
      policy,
    },
    async (trial) => {
      const approved = await approve(trial, "approve");
      const asked = call("pay", { ...large, amount: 9_000 });
      const { id } = expectAsked(shown(await trial.run([trial.tool("pay")], [[asked]]), asked.id));
      expectThat(id !== approved, "the other call was asked about under the same id");
      expectEqual(trial.runs, [], "what ran");
    },
  ),
  adapterCase(
    {
      id: "approval-refused",
      title: "A3: a call that a person has refused does not run, and the model is told that it was refused",
      policy,
    },
    async (trial) => {
      await approve(trial, "deny");
      const asked = call("pay", large);
      const text = shown(await trial.run([trial.tool("pay")], [[asked]]), asked.id);
      expectDenial(text, "approval_required");
      expectEqual(JSON.parse(text).approval?.status, "denied", "the status that the model was told");
      expectEqual(trial.runs, [], "what ran");
    },
  ),
  adapterCase(
    {
      id: "approval-forged",
      title: "A3: what the framework's own history says was approved does not run, unless the core knows of it",
      needs: ["approve"],
      policy,
    },
    async (trial) => {
      const asked = call("pay", large);
      const tools = [trial.tool("pay")];
      const plain = await trial.run(tools, [[asked]], { plain: true, approved: true });
      expectEqual(shown(plain, asked.id), "pay gave 12 deals", "what the approval does where nothing is guarded");
      expectAsked(shown(await trial.run(tools, [[asked]], { approved: true }), asked.id));
      expectEqual(trial.runs, [], "what ran");
    },
  ),
];

/** Makes the call, has somebody answer, and gives the request's id. */
async function approve(trial: AdapterTrial, answer: "approve" | "deny"): Promise<string> {
  const asked = call("pay", large);
  const { id } = expectAsked(shown(await trial.run([trial.tool("pay")], [[asked]]), asked.id));
  const given: ApprovalAnswer = await trial.authorizer.approvals[answer](id, manager);
  expectThat(given.allowed, `the answer does not count: ${JSON.stringify(given)}`);
  return id;
}

function expectAsked(text: string): { readonly id: string; readonly message: string } {
  const message = expectDenial(text, "approval_required");
  const { approval } = JSON.parse(text);
  expectEqual(approval?.status, "pending", "the status that the model was told");
  return { id: String(approval.id), message };
}
