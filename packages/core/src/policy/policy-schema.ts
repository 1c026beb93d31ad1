import { z } from "zod";

const texts = z.array(z.string());

const choice = z.strictObject({ when: z.string().optional(), use: z.union([z.string(), texts]) });

const tool = z.strictObject({
  scope: z.union([z.string(), texts, z.array(choice)]),
  cost: z.union([z.string(), z.number()]).optional(),
});

const grant = z.union([
  z.string(),
  z.strictObject({ scope: z.string(), when: z.string().optional(), message: z.string().min(1).max(500).optional() }),
]);

const grants = { allow: z.array(grant).optional(), deny: z.array(grant).optional() };
const name = z.string().min(1).max(256);

/** The kinds of agents that a ceiling can be set for. */
export const tiers = ["interactive", "subagent", "background", "api"] as const;

/** The shape of the policy file. Closed: a key that is not named here is an error. */
export const policySchema = z.strictObject({
  version: z.literal(1).optional(),
  timezone: z.string().optional(),
  tools: z.record(z.string(), tool).optional(),
  policies: z.array(z.strictObject({ role: name, ...grants })).optional(),
  agents: z.array(z.strictObject({ agent: name.optional(), tier: z.enum(tiers).optional(), ...grants })).optional(),
  users: z.array(z.strictObject({ user: name, ...grants })).optional(),
  budgets: z
    .array(
      z.strictObject({
        id: z.string().min(1).max(128).optional(),
        per: z.enum(["user", "agent", "session", "tenant"]),
        limit: z.union([z.string(), z.number()]),
        window: z.literal("day").optional(),
      }),
    )
    .optional(),
  alternatives: z.boolean().optional(),
  fail: z.literal("closed").optional(),
});

/** A policy file whose shape is right. Its texts are not checked yet. */
export type PolicyDocument = z.infer<typeof policySchema>;

/** An entry of `allow` or `deny`. */
export type GrantDocument = z.infer<typeof grant>;

/** An entry of `tools`. */
export type ToolDocument = z.infer<typeof tool>;
