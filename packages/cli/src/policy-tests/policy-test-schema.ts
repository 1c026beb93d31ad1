import { denyCodes, parseDuration, parseMoney, parseTime } from "@ambit/core";
import { z } from "zod";

const name = z.string().min(1).max(256);
const texts = z.array(z.string());

const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, 'this is no length of time, such as "5m"')
  .transform((text) => parseDuration(text) ?? 0);

const time = z
  .string()
  .refine((text) => parseTime(text) !== undefined, "this is no time, such as 2026-03-01T12:00:00Z")
  .transform((text) => parseTime(text) ?? 0);

const amount = z
  .union([z.string(), z.number()])
  .refine((value) => parseMoney(value) !== undefined, "this is not an exact amount of money")
  .transform((value) => parseMoney(value));

const call = z.strictObject({
  tool: z.string(),
  arguments: z.unknown().optional(),
  after: duration.optional(),
  fails: z.boolean().optional(),
  finds: texts.optional(),
  expect: z.enum(["permit", ...denyCodes]),
  rule: z.string().optional(),
  reason: z.string().optional(),
  hint: z.string().optional(),
  scopes: texts.optional(),
  cost: amount.optional(),
  withheld: z.enum(denyCodes).optional(),
});

const test = z.strictObject({
  name,
  subject: z.strictObject({
    id: name,
    issuer: z.string().optional(),
    tenant: z.string().optional(),
    roles: texts.optional(),
    scopes: texts.optional(),
  }),
  actor: z
    .strictObject({
      id: name,
      tier: z.enum(["interactive", "subagent", "background", "api"]).optional(),
      chain: texts.optional(),
    })
    .optional(),
  session: name.optional(),
  grant: texts.optional(),
  now: time.optional(),
  calls: z.array(call).min(1),
});

/** The shape of a file of policy tests. Closed: a key that is not named here is an error. */
export const policyTestSchema = z.strictObject({
  policy: z.string().min(1),
  /** What stands in for the application's cost functions: one amount each. */
  costs: z.record(z.string(), amount).optional(),
  tests: z.array(test).min(1),
});

/** A test, as the file has it. */
export type TestDocument = z.output<typeof test>;

/** A call of a test, as the file has it. */
export type CallDocument = z.output<typeof call>;
