import type { AuthorizerOptions, DenyCode, StateStore } from "@ambit/core";
import { expectEqual } from "../../try-store.ts";
import { type AdapterCase, adapterCase } from "../adapter-case.ts";
import { type AdapterTrial, call, slowStore, turns } from "../adapter-trial.ts";
import { expectDenial, expectHidden, shown } from "../expect-shown.ts";

const tools = { read: { scope: "tool:crm:read", cost: 1 } };
const policy = { tools, budgets: [{ per: "user", limit: "1.00" }] };
const secret = "postgres://ambit:hunter2@db.internal";
const fails = () => Promise.reject(new Error(secret));
const hangs = () => new Promise<never>(() => {});
const deadline = 50;

/** What cannot be decided, recorded, begun or finished. */
export const failureCases: readonly AdapterCase[] = [
  outage("store-fails", "D3: a store that fails denies", storeOutage(fails)),
  outage("store-hangs", "D6: a store that never answers denies at the deadline", storeOutage(hangs)),
  outage("audit-fails", "L7: an audit log that fails denies", auditOutage(fails)),
  outage("audit-hangs", "D6: an audit log that never answers denies at the deadline", auditOutage(hangs)),
  outage("clock-fails", "D3: a clock that fails denies", clockOutage, "indeterminate"),
  adapterCase({ id: "no-policy", title: "D7: without a policy nothing is allowed", policy }, async (trial) => {
    trial.authorizer = trial.newAuthorizer({ policy: undefined });
    const asked = call("read");
    expectDenial(shown(await trial.run([trial.tool("read")], [[asked]]), asked.id), "unavailable");
    expectEqual(trial.runs, [], "what ran");
  }),
  adapterCase(
    {
      id: "authorizer-fails",
      title: "D3, D11: an authorizer that fails instead of answering denies, and is not quoted",
      policy,
    },
    async (trial) => {
      trial.authorizer = new Proxy(trial.authorizer, {
        get: (target, key) => (key === "run" || key === "stream" ? fails : Reflect.get(target, key)),
      });
      const asked = call("read");
      const report = await trial.run([trial.tool("read")], [[asked]]);
      expectDenial(shown(report, asked.id), "indeterminate");
      expectHidden(report.transcript, secret, "what the authorizer said");
      expectEqual(trial.runs, [], "what ran");
    },
  ),
  adapterCase(
    {
      id: "suspended-midway",
      title: "a user who is suspended during a run has no further call run",
      policy: { tools },
    },
    async (trial) => {
      const read = trial.tool("read", async () => {
        await trial.authorizer.suspend({ kind: "user", id: "u1", tenant: "acme", issuer: "https://id.acme.example" });
        return "read gave 12 deals";
      });
      const asked = [call("read"), call("read")];
      const report = await trial.run(
        [read],
        asked.map((one) => [one]),
      );
      expectDenial(shown(report, asked[1]?.id ?? ""), "suspended");
      expectEqual(trial.count("read"), 1, "how often the tool ran");
    },
  ),
  adapterCase(
    {
      id: "abort-before-start",
      title:
        "a call of a run that is aborted while it is decided does not start, and gives back what was reserved for it",
      needs: ["abort"],
      policy,
    },
    async (trial) => {
      let abort = async () => {};
      trial.onRecord = async ({ type }) => {
        if (type !== "decision") return;
        await abort();
        abort = async () => {};
        await turns(50);
      };
      const onBegin = (given: () => Promise<void>) => {
        abort = given;
      };
      // Most frameworks reject a run that is aborted; some let it go at once, before the call was decided.
      await trial.attempt([trial.tool("read")], [[call("read")]], { onBegin }).catch(() => {});
      await ended(trial, 1);
      expectEqual(trial.runs, [], "what ran");
      expectEqual(
        trial.outcomes().map(({ status, cost }) => [status, cost]),
        [["not_started", "0.00"]],
        "how the call ended",
      );
      await trial.run([trial.tool("read")], [[call("read")]]);
      expectEqual(trial.count("read"), 1, "how often the tool ran on the budget that was given back");
    },
  ),
  adapterCase(
    {
      id: "failure-settles",
      title:
        "E5: a tool that fails is charged and recorded as failed, and its error stays the framework's ordinary one",
      policy,
    },
    async (trial) => {
      const failing = trial.tool("read", () => Promise.reject(new Error("no such quarter")));
      const asked = [[call("read")]];
      const plain = await trial.run([failing], asked, { plain: true });
      expectEqual((await trial.run([failing], asked)).results, plain.results, "what the model was shown");
      expectEqual(
        trial.outcomes().map(({ status, cost }) => [status, cost]),
        [["failed", "1.00"]],
        "how the call ended",
      );
      const late = call("read");
      expectDenial(shown(await trial.run([trial.tool("read")], [[late]]), late.id), "budget_exhausted");
    },
  ),
  adapterCase(
    {
      id: "throw-settles",
      title: "E5: a tool that throws before it gives a promise has failed as one that rejects",
      policy,
    },
    async (trial) => {
      const failing = trial.tool("read", () => {
        throw new Error("no such quarter");
      });
      const asked = [[call("read")]];
      const plain = await trial.run([failing], asked, { plain: true });
      expectEqual((await trial.run([failing], asked)).results, plain.results, "what the model was shown");
      expectEqual(trial.outcomes()[0]?.status, "failed", "how the call ended");
    },
  ),
  adapterCase(
    {
      id: "failure-satisfies-nothing",
      title: "S5: a tool that failed satisfies no prerequisite, though what it forbids it still forbids",
      policy: {
        tools: { ...tools, pay: { scope: "tool:pay" }, mail: { scope: "tool:email:send:internal" } },
        rules: [
          { id: "look-first", before: "tool:pay", require: "tool:crm:read" },
          { id: "stays", after: "tool:crm:read", deny: "tool:email:send:internal" },
        ],
      },
    },
    async (trial) => {
      const failing = trial.tool("read", () => Promise.reject(new Error("no such quarter")));
      const asked = [call("read"), call("pay"), call("mail")];
      const report = await trial.run(
        [failing, trial.tool("pay"), trial.tool("mail")],
        asked.map((one) => [one]),
      );
      expectDenial(shown(report, asked[1]?.id ?? ""), "history_requires");
      expectDenial(shown(report, asked[2]?.id ?? ""), "history_forbids");
    },
  ),
];

/** What breaks something until it is told to end. */
type Outage = (trial: AdapterTrial, isOver: () => boolean) => Partial<AuthorizerOptions>;

/** A case in which nothing runs while something is out, and the whole budget is there once it is not. */
function outage(id: string, title: string, begin: Outage, code: DenyCode = "unavailable"): AdapterCase {
  return adapterCase(
    { id, title: `${title}; nothing runs, nothing is charged, nothing is quoted`, policy },
    async (trial) => {
      let over = false;
      trial.authorizer = trial.newAuthorizer({ deadline, ...begin(trial, () => over) });
      const asked = [call("read"), call("read")];
      const report = await trial.run(
        [trial.tool("read")],
        asked.map((one) => [one]),
      );
      for (const { id: one } of asked) expectDenial(shown(report, one), code);
      expectHidden(report.transcript, secret, "what failed");
      expectEqual(trial.runs, [], "what ran");
      over = true;
      await trial.run([trial.tool("read")], [[call("read")]]);
      expectEqual(trial.count("read"), 1, "how often the tool ran once all was well again");
    },
  );
}

function storeOutage(apply: () => Promise<never>): Outage {
  return (_trial, isOver) => {
    const well = slowStore();
    const store: StateStore = { apply: (plan) => (isOver() ? well.apply(plan) : apply()) };
    return { store };
  };
}

function auditOutage(append: () => Promise<never>): Outage {
  return (trial, isOver) => {
    trial.onRecord = () => (isOver() ? undefined : append());
    return {};
  };
}

function clockOutage(_trial: AdapterTrial, isOver: () => boolean): Partial<AuthorizerOptions> {
  const clock = () => {
    if (isOver()) return Date.now();
    throw new Error(secret);
  };
  return { clock };
}

/** A run that is aborted may be over before its calls are. */
async function ended(trial: AdapterTrial, outcomes: number): Promise<void> {
  for (let patience = 0; patience < 10_000 && trial.outcomes().length < outcomes; patience += 1) await turns(10);
}
