import { UngovernableToolError } from "@ambit/core";
import { ConformanceError } from "../../conformance-error.ts";
import { expectEqual } from "../../try-store.ts";
import { type AdapterCase, adapterCase } from "../adapter-case.ts";
import { call, rep } from "../adapter-trial.ts";
import { expectDenial, expectThat, shown } from "../expect-shown.ts";

const tools = { read: { scope: "tool:crm:read" }, send: { scope: "tool:email:send:external" } };

/** What wrapping does to tools. */
export const wrappingCases: readonly AdapterCase[] = [
  adapterCase(
    {
      id: "ungovernable-refused",
      title: "E4: a tool whose calls cannot be intercepted is refused when it is wrapped",
      needs: ["refuse"],
      policy: { tools },
    },
    async (trial) => {
      const kinds = trial.driver.ungovernable?.({ authorizer: trial.authorizer, context: rep }) ?? [];
      expectThat(kinds.length > 0, "the driver names no such tool");
      for (const { kind, wrap } of kinds) {
        const error = caught(wrap);
        const refused = error instanceof UngovernableToolError || error instanceof TypeError;
        if (!refused) throw new ConformanceError(`${kind} is not refused, but gives ${String(error)}`);
      }
    },
  ),
  adapterCase(
    {
      id: "offer-unchanged",
      title: "the model is told of wrapped tools what it is told of the same tools without authorization",
      needs: ["offer"],
      policy: { tools },
    },
    async (trial) => {
      const properties = { quarter: { type: "string", description: "Such as Q1." }, rows: { type: "number" } };
      const parameters = { type: "object", properties, required: ["quarter"], additionalProperties: true } as const;
      const offered = [trial.tool("read", undefined, { parameters }), trial.tool("send", undefined, { parameters })];
      const plain = await trial.run(offered, [], { plain: true });
      const wrapped = await trial.run(offered, []);
      expectEqual(wrapped.offered, plain.offered, "what the model was told");
      const text = JSON.stringify(plain.offered);
      for (const word of ["read", "The tool send.", "Such as Q1."]) {
        expectThat(text.includes(word), `the driver tells nothing of ${word}: ${text}`);
      }
    },
  ),
  adapterCase(
    {
      id: "shared-tools",
      title: "tools that several users share are judged for whoever calls them",
      policy: { tools },
    },
    async (trial) => {
      const manager = { ...rep, subject: { ...rep.subject, id: "m1", roles: ["manager"] } };
      const permits: string[] = [];
      const asked = call("read");
      const shared = [trial.tool("read")];
      const runs = [rep, manager, rep].map(async (context) => {
        const text = shown(await trial.run(shared, [[asked]], { context }), asked.id);
        if (text === "read gave 12 deals") permits.push(context.subject.id);
        else expectDenial(text, "not_granted");
      });
      await Promise.all(runs);
      expectEqual(permits, ["u1", "u1"], "who was permitted");
    },
  ),
];

function caught(wrap: () => unknown): unknown {
  try {
    return wrap();
  } catch (error) {
    return error;
  }
}
