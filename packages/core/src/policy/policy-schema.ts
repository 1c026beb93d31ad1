import { z } from "zod";

/** The shape of the policy file. Closed: a key that is not named here is an error. */
export const policySchema = z.strictObject({
  version: z.literal(1).optional(),
  timezone: z.string().optional(),
  tools: z
    .record(
      z.string(),
      z.strictObject({
        scope: z.union([z.string(), z.array(z.string()).min(1)]),
        cost: z.union([z.string(), z.number()]).optional(),
      }),
    )
    .optional(),
  policies: z
    .array(
      z.strictObject({
        role: z.string().min(1).max(256),
        allow: z.array(z.string()).optional(),
        deny: z.array(z.string()).optional(),
      }),
    )
    .optional(),
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
  fail: z.literal("closed").optional(),
});

/** A policy file whose shape is right. Its texts are not checked yet. */
export type PolicyDocument = z.infer<typeof policySchema>;
