import type { CallContext, ContextSource } from "@ambit/core";
import { expectEqual } from "../../try-store.ts";
import { type AdapterCase, adapterCase } from "../adapter-case.ts";
import { type AdapterTrial, call, rep } from "../adapter-trial.ts";
import { expectDenial, expectHidden, expectThat, shown } from "../expect-shown.ts";

const tools = { read: { scope: "tool:crm:read" }, send: { scope: "tool:email:send:external" } };
const everything = [{ role: "rep", allow: ["**"] }];
const planted = "planted-9d1c";

/** Which tool is called, and for whom. */
export const identityCases: readonly AdapterCase[] = [
  ...["constructor", "toString", "hasOwnProperty", "__proto__"].map((name) =>
    adapterCase(
      {
        id: `inherited-name-${name.replaceAll("_", "").toLowerCase()}`,
        title: `D9: a tool named ${name}, which every object inherits, is unknown unless the policy lists it`,
        policy: { tools, policies: everything },
      },
      async (trial) => {
        const asked = call(name);
        const report = await trial.run([trial.tool(name), trial.tool("read")], [[asked], [call("read")]]);
        expectDenial(shown(report, asked.id), "unknown_tool");
        expectEqual(trial.count(name), 0, "how often it ran");
      },
    ),
  ),
  adapterCase(
    {
      id: "unregistered-name",
      title: "D8: a name that no tool has runs nothing, whatever it resembles",
      policy: { tools, policies: everything },
    },
    async (trial) => {
      for (const name of ["absent", "READ", "read ", "valueOf", "__proto__"]) {
        // Some frameworks end the run.
        await trial.attempt([trial.tool("read")], [[call(name)]]).catch(() => {});
      }
      expectEqual(trial.runs, [], "what ran");
    },
  ),
  adapterCase(
    {
      id: "subject-from-arguments",
      title: "I: no argument makes a call another user's, whatever it is named",
      policy: {
        tools,
        policies: [
          { role: "rep", allow: ["tool:crm:read"] },
          { role: "manager", allow: ["tool:**"] },
        ],
      },
    },
    async (trial) => {
      const subject = { id: "admin", tenant: "other", roles: ["manager"], scopes: ["**"] };
      const context = { subject, actor: { id: "admin" }, session: "s2", grant: ["**"] };
      const forged = { ...context, ...subject, context, role: "manager", user: "admin", experimental_context: context };
      const asked = call("send", { ...forged, configurable: context, runContext: { context }, _meta: context });
      const report = await trial.run([trial.tool("send"), trial.tool("read")], [[asked], [call("read", forged)]]);
      expectDenial(shown(report, asked.id), "not_granted");
      for (const record of trial.decisions()) {
        const { subject: id, tenant, roles, actor, session } = record;
        expectEqual([id, tenant, roles, actor, session], ["u1", "acme", ["rep"], "sales-assistant", "s1"], "who asked");
      }
      expectEqual(trial.runs, [{ tool: "read", arguments: forged }], "what ran");
    },
  ),
  adapterCase(
    {
      id: "context-told-no-arguments",
      title: "S2: whoever finds out for whom a call is made is told nothing that the model said, save the tool's name",
      policy: { tools },
    },
    async (trial) => {
      const told: unknown[] = [];
      const context = (information: unknown) => {
        told.push(information);
        return rep;
      };
      const args = { [planted]: planted, nested: [planted] };
      await trial.run([trial.tool("read")], [[call("read", args, planted)]], { context });
      expectEqual(told.length, 1, "how often it was asked for whom the call is made");
      expectHidden(everythingIn(told), planted, "what the model said");
      expectEqual(trial.count("read"), 1, "how often the tool ran");
    },
  ),
  adapterCase(
    {
      id: "context-each-call",
      title: "I6: for whom a call is made is found out for each call: a right that is lost during a run is lost",
      policy: { tools },
    },
    async (trial) => {
      let roles = ["rep"];
      const read = trial.tool("read", () => {
        roles = [];
        return "read gave 12 deals";
      });
      const asked = [call("read"), call("read")];
      const steps = asked.map((one) => [one]);
      const context = () => ({ ...rep, subject: { ...rep.subject, roles } });
      const report = await trial.run([read], steps, { context });
      expectDenial(shown(report, asked[1]?.id ?? ""), "not_granted");
      expectEqual(trial.count("read"), 1, "how often the tool ran");
    },
  ),
  missingContext("missing", "is not known", () => undefined),
  missingContext("thrown", "cannot be found out", () => {
    throw new Error(planted);
  }),
  missingContext("rejected", "is looked up in vain", () => Promise.reject(new Error(planted))),
  // What an application in plain JavaScript may give.
  missingContext("malformed", "is told in a form that is none", () => ({ subject: planted }) as unknown as CallContext),
];

function missingContext(name: string, what: string, context: ContextSource<unknown>): AdapterCase {
  return adapterCase(
    {
      id: `context-${name}`,
      title: `D3: where it ${what} for whom a call is made, the call is denied and the model learns nothing of why`,
      policy: { tools },
    },
    async (trial: AdapterTrial) => {
      const asked = call("read");
      const report = await trial.run([trial.tool("read")], [[asked]], { context });
      expectDenial(shown(report, asked.id), "unauthenticated");
      expectHidden(report.transcript, planted, "why it is not known");
      expectThat(trial.runs.length === 0, "the tool ran");
    },
  );
}

/** All texts in a value, of its own and of what it inherits, whatever it is. */
function everythingIn(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value === "string") return `${value} `;
  if (typeof value !== "object" || value === null || seen.has(value)) return "";
  seen.add(value);
  if (value instanceof Map || value instanceof Set) return everythingIn([...value], seen);
  return Reflect.ownKeys(value)
    .map((key) => `${String(key)} ${everythingIn(Reflect.get(value, key), seen)}`)
    .join("");
}
