import { type AuditRecord, createAuthorizer, parsePolicy } from "@ambit/core";
import { tool } from "@langchain/core/tools";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { AuthorizationOptions } from "./authorization-options.ts";
import { withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
tools: { buy: { scope: tool:buy, cost: 0.10 }, watch: { scope: tool:buy, cost: 0.10 } }
policies: [{ role: rep, allow: [tool:buy] }]
`);
const schema = z.object({});
const priceOf = (result: { price: string }) => result.price;
const buy = tool(async () => ({ price: "0.03" }), { name: "buy", schema });
const watch = tool(
  async function* () {
    yield "half";
    return { price: "0.02" };
  },
  { name: "watch", schema },
);
const failing = tool(() => Promise.reject(new Error("the tool's own")), { name: "buy", schema });

function setUp(actualCost: AuthorizationOptions["actualCost"]) {
  const records: AuditRecord[] = [];
  const faults: unknown[] = [];
  const authorizer = createAuthorizer({
    policy,
    audit: { append: async (record) => void records.push(record) },
    onFault: (fault) => faults.push(fault),
  });
  const context = { subject: { id: "u", roles: ["rep"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s" };
  const charged = () => records.flatMap((record) => (record.type === "outcome" ? [record.cost] : []));
  return { wrapped: withAuthorization([buy, watch, failing], { authorizer, context, actualCost }), charged, faults };
}

describe("what a call really cost, told from what the tool returned", () => {
  it("is charged in place of what was reserved", async () => {
    const { wrapped, charged } = setUp({ buy: priceOf });
    expect(await wrapped[0].invoke({})).toEqual({ price: "0.03" });
    expect(charged()).toEqual(["0.03"]);
  });

  it("is told from the return value of a tool that yields", async () => {
    const { wrapped, charged } = setUp({ watch: priceOf });
    expect(await wrapped[1].invoke({})).toEqual({ price: "0.02" });
    expect(charged()).toEqual(["0.02"]);
  });

  it("is not told where the tool fails: the reservation is charged", async () => {
    const { wrapped, charged } = setUp({ buy: priceOf });
    await expect(wrapped[2].invoke({})).rejects.toThrow("the tool's own");
    expect(charged()).toEqual(["0.10"]);
  });

  it.each<[string, () => unknown, number]>([
    ["does not say", () => undefined, 0],
    [
      "throws",
      () => {
        throw new Error("no bill");
      },
      1,
    ],
    ["gives no amount", () => -1, 1],
  ])(
    "B4: leaves the reservation charged and the result as it is where the function %s",
    async (_name, costOf, told) => {
      const { wrapped, charged, faults } = setUp({ buy: costOf as typeof priceOf });
      expect(await wrapped[0].invoke({})).toEqual({ price: "0.03" });
      expect({ charged: charged(), told: faults.length }).toEqual({ charged: ["0.10"], told });
    },
  );
});
