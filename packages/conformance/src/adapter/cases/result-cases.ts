import { expectEqual } from "../../try-store.ts";
import { type AdapterCase, adapterCase } from "../adapter-case.ts";
import { type AdapterTrial, call, rep, turns } from "../adapter-trial.ts";
import { expectDenial, expectHidden, expectThat, expectWithheld, shown } from "../expect-shown.ts";

const found = "social-security-078-05-1120";
const tools = {
  fetch: { scope: "tool:web:read", classify: [{ by: "content", labels: ["private-data"] }] },
  post: { scope: "tool:web:write" },
  mail: { scope: "tool:email:send:internal" },
};
const withholding = [{ id: "stays", after: "tool:web:write", deny: "label:private-data", message: "It stays here." }];
const leaving = [{ id: "stays", after: "label:private-data", deny: "tool:email:send:internal" }];

/** What a tool gave, before the model is shown it. */
export const resultCases: readonly AdapterCase[] = [
  adapterCase(
    {
      id: "withheld-result",
      title: "E7: a result that the session may not have never reaches the model, which is told that the tool ran",
      policy: { tools, rules: withholding },
    },
    async (trial) => {
      classify(trial);
      const text = await expectKeptBack(trial, () => found);
      const message = expectWithheld(text, "history_forbids");
      expectThat(message.endsWith("It stays here."), `the policy's own words are missing from ${message}`);
    },
  ),
  adapterCase(
    {
      id: "withheld-error",
      title: "E7: what a tool says in an error is withheld as a result is",
      policy: { tools, rules: withholding },
    },
    async (trial) => {
      classify(trial);
      expectWithheld(await expectKeptBack(trial, () => Promise.reject(new Error(found))), "history_forbids");
      const withheld = trial.outcomes().filter((outcome) => outcome.withheld !== null);
      expectEqual(
        withheld.map(({ status }) => status),
        ["failed"],
        "how the call ended",
      );
    },
  ),
  adapterCase(
    {
      id: "labels-before-release",
      title: "E7: what was found in a result counts from before the model is shown it, in this run and in the next",
      policy: { tools, rules: leaving },
    },
    async (trial) => {
      classify(trial);
      const fetch = trial.tool("fetch", () => found);
      const asked = [call("fetch"), call("mail")];
      const report = await trial.run(
        [fetch, trial.tool("mail")],
        asked.map((one) => [one]),
      );
      expectEqual(shown(report, asked[0]?.id ?? ""), found, "what the model was shown of the first call");
      expectDenial(shown(report, asked[1]?.id ?? ""), "history_forbids");
      const late = call("mail");
      expectDenial(shown(await trial.run([trial.tool("mail")], [[late]]), late.id), "history_forbids");
      await trial.run([trial.tool("mail")], [[call("mail")]], { context: { ...rep, session: "s2" } });
      expectEqual(trial.count("mail"), 1, "how often mail was sent in another session");
    },
  ),
  adapterCase(
    {
      id: "generator-waits",
      title:
        "E1: a tool that yields is not begun before its call is permitted and recorded, and never where it is denied",
      needs: ["yield"],
      policy: {
        tools: { ...tools, count: { scope: "tool:count" } },
        policies: [{ role: "rep", allow: ["tool:count"] }],
      },
    },
    async (trial) => {
      const begun: string[] = [];
      const counting = (name: string) => generatorTool(trial, name, () => begun.push(name));
      let early = 0;
      trial.onRecord = async ({ type }) => {
        await turns(50);
        if (type === "decision") early += begun.length;
      };
      const asked = [call("count"), call("post")];
      const report = await trial.run(
        [counting("count"), counting("post")],
        asked.map((one) => [one]),
      );
      expectEqual({ early: early - 1, begun }, { early: 0, begun: ["count"] }, "what was begun, and when");
      expectEqual(shown(report, asked[0]?.id ?? ""), "whole", "what the model was shown");
      expectDenial(shown(report, asked[1]?.id ?? ""), "not_granted");
    },
  ),
  adapterCase(
    {
      id: "generator-settles",
      title: "E5: a tool that yields ends as succeeded after its last chunk, and as failed where it throws",
      needs: ["yield"],
      policy: { tools: { count: { scope: "tool:count", cost: 0.5 } } },
    },
    async (trial) => {
      let open = 0;
      const counting = generatorTool(trial, "count", () => {
        open = trial.outcomes().length;
      });
      await trial.run([counting], [[call("count")]]);
      expectEqual(open, 0, "how many calls had ended before the last chunk");
      const failing = generatorTool(trial, "count", () => {
        throw new Error("no such number");
      });
      const asked = [[call("count")]];
      const plain = await trial.run([failing], asked, { plain: true });
      expectEqual((await trial.run([failing], asked)).results, plain.results, "what the model was shown of a failure");
      const ends = trial.outcomes().map(({ status, cost }) => `${status} ${cost}`);
      expectEqual(ends, ["succeeded 0.50", "failed 0.50"], "how the calls ended");
    },
  ),
  adapterCase(
    {
      id: "generator-withheld",
      title:
        "E7: of a tool that yields not even a first chunk is shown where the session may not have what it may hold",
      needs: ["yield"],
      policy: { tools, rules: withholding },
    },
    async (trial) => {
      classify(trial);
      let begun = false;
      const fetch = trial.tool(
        "fetch",
        async function* () {
          begun = true;
          yield found;
          return found;
        },
        { yields: true },
      );
      const asked = call("fetch");
      const report = await trial.attempt([trial.tool("post"), fetch], [[call("post")], [asked]]);
      expectHidden(report.transcript, found, "a chunk");
      expectThat(!begun, "the tool was begun");
    },
  ),
];

function classify(trial: AdapterTrial): void {
  const content = (result: { readonly content: unknown }) =>
    textOf(result.content).includes(found) ? ["private-data"] : [];
  trial.authorizer = trial.newAuthorizer({ classifiers: { content } });
}

/** The text that the model is shown of a call that ran and whose content is kept back. */
async function expectKeptBack(trial: AdapterTrial, body: () => string | Promise<string>): Promise<string> {
  const asked = call("fetch");
  const steps = [[call("post")], [asked], [call("mail")]];
  const report = await trial.run([trial.tool("post"), trial.tool("fetch", body), trial.tool("mail")], steps);
  expectHidden(report.transcript, found, "what the tool gave");
  expectEqual([trial.count("fetch"), trial.count("mail")], [1, 1], "how often the tools ran");
  return shown(report, asked.id);
}

function generatorTool(trial: AdapterTrial, name: string, onBegin: () => void) {
  return trial.tool(
    name,
    async function* () {
      onBegin();
      yield "half";
      yield "whole";
      return "whole";
    },
    { yields: true },
  );
}

/** What stands in a result or an error, in whatever form a framework has for it. */
function textOf(content: unknown): string {
  return content instanceof Error ? content.message : JSON.stringify(content);
}
