import type { HistoryRuleModel } from "./policy-model.ts";

const base = {
  per: "session",
  within: undefined,
  same: [],
  when: undefined,
  condition: undefined,
  hint: undefined,
  line: 1,
} as const;
const label = (text: string) => ({ kind: "label", text }) as const;
const scope = (text: string) => ({ kind: "scope", text }) as const;

/**
 * Rules that stand ready, by the names by which a policy takes them.
 *
 * `lethal-trifecta`: a session that has private data, has read untrusted content and can communicate with the outside can
 * be talked into giving the data away (Simon Willison, "The lethal trifecta for AI agents", 2025). It works on labels:
 * give them to the tools.
 */
export const rulePacks: ReadonlyMap<string, readonly HistoryRuleModel[]> = new Map([
  [
    "lethal-trifecta",
    [
      {
        ...base,
        id: "lethal-trifecta",
        kind: "together",
        members: [label("private-data"), label("untrusted-content"), label("external-communication")],
        effect: "deny",
        declassify: [],
        message:
          "Private data, untrusted content and communication with the outside may not come together in one session.",
      },
    ],
  ],
  [
    "crm",
    [
      {
        ...base,
        id: "crm-data-stays-inside",
        kind: "after",
        after: [label("customer-data")],
        targets: [scope("tool:email:send:external")],
        effect: "deny",
        declassify: [],
        message: "Customer data may not leave by e-mail.",
      },
      {
        ...base,
        id: "crm-read-modify-create",
        kind: "together",
        members: [scope("tool:crm:read"), scope("tool:crm:write"), scope("tool:task:create")],
        effect: "approval",
        declassify: undefined,
        message: "Reading and changing a customer's record and creating a task in one session needs approval.",
      },
    ],
  ],
]);
