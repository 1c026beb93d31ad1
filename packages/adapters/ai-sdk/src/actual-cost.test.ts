import { type ActualCost, type AuditRecord, createAuthorizer, parsePolicy } from "@ambit/core";
import { type ToolSet, tool } from "ai";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
tools:
  buy: { scope: tool:buy, cost: 0.10 }
  watch: { scope: tool:buy, cost: 0.10 }
  constructor: { scope: tool:buy, cost: 0.10 }
policies: [{ role: rep, allow: [tool:buy] }]
`);
const inputSchema = z.object({});
const tools = {
  buy: tool({ inputSchema, execute: async () => ({ price: "0.03" }) }),
  watch: tool({
    inputSchema,
    async *execute() {
      yield { price: "0.01" };
      yield { price: "0.02" };
    },
  }),
  constructor: tool({ inputSchema, execute: async () => ({ price: "0.04" }) }),
};
const priceOf = (result: { price: string }) => result.price;

function setUp(actualCost: Readonly<Record<string, ActualCost>>) {
  const records: AuditRecord[] = [];
  const faults: unknown[] = [];
  const authorizer = createAuthorizer({
    policy,
    audit: { append: async (record) => void records.push(record) },
    onFault: (fault) => faults.push(fault),
  });
  const context = { subject: { id: "u", roles: ["rep"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s" };
  const wrapped = withAuthorization<ToolSet>(tools, { authorizer, context, actualCost });
  const run = async (name: keyof typeof tools) => {
    const result: unknown = wrapped[name]?.execute?.({}, { toolCallId: "1", messages: [], context: {} });
    const streams = typeof result === "object" && result !== null && Symbol.asyncIterator in result;
    return streams ? await Array.fromAsync(result as AsyncIterable<unknown>) : [await result];
  };
  const charged = () => records.flatMap((record) => (record.type === "outcome" ? [record.cost] : []));
  return { run, charged, faults };
}

describe("what a call really cost, told from the tool's result", () => {
  it("is charged in place of what was reserved", async () => {
    const { run, charged } = setUp({ buy: priceOf });
    expect(await run("buy")).toEqual([{ price: "0.03" }]);
    expect(charged()).toEqual(["0.03"]);
  });

  it("is told from the last result of a tool that yields", async () => {
    const { run, charged } = setUp({ watch: priceOf });
    expect(await run("watch")).toEqual([{ price: "0.01" }, { price: "0.02" }]);
    expect(charged()).toEqual(["0.02"]);
  });

  it("D9: is told by nothing that all objects inherit", async () => {
    const { run, charged, faults } = setUp({ buy: priceOf });
    await run("constructor");
    expect({ charged: charged(), faults }).toEqual({ charged: ["0.10"], faults: [] });
  });

  it.each<[string, (result: { price: string }) => unknown, number]>([
    ["does not say", () => undefined, 0],
    [
      "throws",
      () => {
        throw new Error("no bill");
      },
      1,
    ],
    ["gives no amount", () => Number.NaN, 1],
    ["gives a promise", async () => "0.01", 1],
  ])(
    "B4: leaves the reservation charged and the result as it is where the function %s",
    async (_name, costOf, told) => {
      const { run, charged, faults } = setUp({ buy: costOf as typeof priceOf });
      expect(await run("buy")).toEqual([{ price: "0.03" }]);
      expect({ charged: charged(), told: faults.length }).toEqual({ charged: ["0.10"], told });
    },
  );
});
