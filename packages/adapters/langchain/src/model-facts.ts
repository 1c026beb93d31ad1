import type { ModelIdentity } from "@ambit/core";

/** What LangChain's models tell of themselves, each in its own way; some nothing. */
interface LooseModel {
  readonly bound?: unknown;
  readonly model?: unknown;
  readonly modelName?: unknown;
  readonly profile?: unknown;
  readonly getLsParams?: unknown;
  readonly _getModelInstance?: unknown;
}

/** A model that is to be called, and what is known of it. */
export interface ModelFacts extends ModelIdentity {
  /** What it is set to put out at most, or else what it can; `undefined` where it does not say. */
  readonly maximumOutputTokens: number | undefined;
}

/** The one model that a configurable one stands for in a run. Rejects where that cannot be made. */
export async function resolveModel<Model extends object>(
  model: Model,
  configurable: Readonly<Record<string, unknown>> | undefined,
): Promise<Model> {
  const { _getModelInstance: resolve } = model as LooseModel; // Any member may be missing.
  if (typeof resolve !== "function") return model;
  return (await resolve.call(model, { configurable })) as Model; // What stands for a model stands for one of its kind.
}

/**
 * What a model says of itself to LangChain's own tracing. A model that does not name itself is `unknown`, which no
 * policy names.
 */
export function modelFacts(model: object): ModelFacts {
  const inner = unbound(model);
  const { getLsParams: describe, model: id, modelName, profile } = inner;
  const told: unknown = typeof describe === "function" ? describe.call(inner, {}) : undefined;
  const provider = textOf(member(told, "ls_provider"));
  return {
    provider: provider ?? "unknown",
    model: textOf(member(told, "ls_model_name")) ?? textOf(id) ?? textOf(modelName) ?? "unknown",
    maximumOutputTokens: numberOf(member(told, "ls_max_tokens")) ?? numberOf(member(profile, "maxOutputTokens")),
  };
}

/** The most that settings of one call let a model put out, by whichever name its provider has for it. */
export function boundOf(settings: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const bounds = boundNames.flatMap((name) => numberOf(member(settings, name)) ?? []);
  return bounds.length === 0 ? undefined : Math.max(...bounds);
}

const boundNames = [
  "max_tokens",
  "maxTokens",
  "max_output_tokens",
  "maxOutputTokens",
  "max_completion_tokens",
  "maxCompletionTokens",
];

/** A model with settings bound to it is the same model. */
function unbound(model: object): LooseModel {
  let inner: LooseModel = model;
  for (let depth = 0; depth < 16 && typeof inner.bound === "object" && inner.bound !== null; depth += 1) {
    inner = inner.bound;
  }
  return inner;
}

function member(holder: unknown, name: string): unknown {
  if (typeof holder !== "object" || holder === null || !(name in holder)) return undefined;
  return (holder as Readonly<Record<string, unknown>>)[name]; // It has it.
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && value > 0 ? value : undefined;
}
