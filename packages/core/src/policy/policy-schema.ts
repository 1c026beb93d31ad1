import { z } from "zod";

const text = z.string().min(1).max(500);
const name = z.string().min(1).max(256);
const texts = z.array(z.string());
const choice = z.strictObject({ when: z.string().optional(), use: z.union([z.string(), texts]) });
const money = z.union([z.string(), z.number()]);
const json = z.json();

const tool = z.strictObject({
  scope: z.union([z.string(), z.array(z.union([z.string(), choice]))]),
  arguments: z.union([texts, z.record(z.string(), json)]).optional(),
  labels: z.array(z.union([z.string(), choice])).optional(),
  classify: z
    .array(z.strictObject({ by: name, labels: texts }))
    .max(16)
    .optional(),
  cost: z.union([z.string(), z.number(), z.strictObject({ by: name })]).optional(),
});

const obligation = z.strictObject({ id: name, type: name, properties: z.record(z.string(), json).optional() });

const terms = { scope: z.string(), when: z.string().optional(), message: text.optional(), hint: text.optional() };

const allow = z.union([
  z.string(),
  z.strictObject({ ...terms, approval: z.boolean().optional(), obligations: z.array(obligation).max(16).optional() }),
]);

const failure = z.enum(["closed", "open"]);

const deny = z.union([z.string(), z.strictObject({ ...terms, fail: failure.optional() })]);

const grants = { allow: z.array(allow).optional(), deny: z.array(deny).optional() };

const owner = z.enum(["user", "agent", "session", "tenant"]);
const words = { message: text.optional(), hint: text.optional() };

const rule = z.strictObject({
  id: name,
  after: z.union([z.string(), texts]).optional(),
  together: texts.optional(),
  before: z.string().optional(),
  deny: z.union([z.string(), texts]).optional(),
  on: z.union([z.string(), texts]).optional(),
  require: z.string().optional(),
  within: z.string().optional(),
  per: owner.optional(),
  same: z.string().optional(),
  when: z.string().optional(),
  declassify: z.union([z.literal(true), z.string()]).optional(),
  ...words,
});

const limit = z.strictObject({
  id: name.optional(),
  per: z.union([
    z.enum(["user", "agent", "session", "tenant", "tool"]),
    z.array(z.enum(["user", "agent", "session", "tenant", "tool"])),
  ]),
  scope: z.string().optional(),
  tool: z.string().optional(),
  max: z.number().optional(),
  window: z.string().optional(),
  concurrent: z.number().optional(),
  ...words,
});

const runaway = z.strictObject({
  identical: z.strictObject({ max: z.number(), window: z.string() }).optional(),
  failures: z.number().optional(),
  denials: z.number().optional(),
  cycles: z.number().optional(),
  cooldown: z.string().optional(),
});

/** The kinds of agents that a ceiling can be set for. */
export const tiers = ["interactive", "subagent", "background", "api"] as const;

/** The shape of the policy file. Closed: a key that is not named here is an error. */
export const policySchema = z.strictObject({
  version: z.literal(1).optional(),
  tenant: z.string().max(256).optional(),
  timezone: z.string().optional(),
  roles: z.array(name).optional(),
  tools: z.record(z.string(), tool).optional(),
  policies: z.array(z.strictObject({ role: name, ...grants })).optional(),
  agents: z.array(z.strictObject({ agent: name.optional(), tier: z.enum(tiers).optional(), ...grants })).optional(),
  users: z.array(z.strictObject({ user: name, issuer: name.optional(), ...grants })).optional(),
  approvals: z
    .strictObject({
      ttl: z.string().optional(),
      approvers: texts.optional(),
      separation: z.boolean().optional(),
      reuse: z.string().optional(),
    })
    .optional(),
  budgets: z
    .array(
      z.strictObject({
        id: z.string().min(1).max(128).optional(),
        per: owner,
        scope: z.string().optional(),
        limit: money,
        window: z.enum(["hour", "day", "week", "month", "lifetime"]).optional(),
        rolling: z.string().optional(),
        alerts: z.array(z.number()).optional(),
      }),
    )
    .optional(),
  rules: z.array(rule).optional(),
  packs: texts.optional(),
  limits: z.array(limit).optional(),
  runaway: runaway.optional(),
  alternatives: z.boolean().optional(),
  fail: failure.optional(),
});

/** A policy file whose shape is right. Its texts are not checked yet. */
export type PolicyDocument = z.infer<typeof policySchema>;

/**
 * A document in which whatever has the wrong shape is missing, so that all the rest can be checked for more mistakes.
 * A document without mistakes is one too.
 */
export type Sparse<Whole> = Whole extends readonly (infer Item)[]
  ? readonly (Sparse<Item> | undefined)[]
  : Whole extends object
    ? { readonly [Key in keyof Whole]?: Sparse<Whole[Key]> | undefined }
    : Whole;

/** A policy file as far as its shape is right. */
export type SparsePolicy = Sparse<PolicyDocument>;

/** An entry of `allow`, of `deny`, or of both as far as they are alike. */
export type SparseGrant = Sparse<z.infer<typeof allow>> | Sparse<z.infer<typeof deny>>;

/** An entry of `tools`. */
export type SparseTool = Sparse<z.infer<typeof tool>>;

/** An entry of `rules`. */
export type SparseRule = Sparse<z.infer<typeof rule>>;

/** An entry of a list of alternatives, each with its condition. */
export type SparseChoice = Sparse<z.infer<typeof choice>>;
