import { isToolName } from "../resolve-call.ts";
import type { LimitRule, RunawayRule } from "./limit-rule.ts";
import type { SparsePolicy } from "./policy-schema.ts";
import type { Path, PolicySource } from "./policy-source.ts";
import { checkPattern, checkVisible, readDuration } from "./read-text.ts";

type Entry = NonNullable<NonNullable<SparsePolicy["limits"]>[number]>;

/** Reads the section `limits`: at most so many calls in an interval, or at once. */
export function readLimits(source: PolicySource, limits: SparsePolicy["limits"]): LimitRule[] {
  const ids = new Set<string>();
  return (limits ?? []).flatMap((entry, index): LimitRule[] => {
    if (entry === undefined) return [];
    const path = ["limits", index];
    const { per: listed, scope, tool, message, hint } = entry;
    const per = [listed ?? []].flat().filter((owner) => owner !== undefined);
    checkTexts(source, path, entry);
    const bound = readBound(source, path, entry);
    if (per.length === 0) source.reportAt([...path, "per"], { code: "invalid_value", message: "this is empty" });
    if (bound === undefined || per.length === 0) return [];
    const filters = [scope, tool].filter((filter) => filter !== undefined);
    // The default id follows the meaning, not the place: reordering the file or changing a number keeps what was counted.
    const id = entry.id ?? ["limit", ...per, ...filters, bound.window ?? "at once"].join(" ");
    if (ids.has(id)) {
      const at = entry.id === undefined ? path : [...path, "id"];
      source.reportAt(at, {
        code: "duplicate_id",
        message: `the limit "${id}" stands twice`,
        help: "give each an id of its own",
      });
    }
    ids.add(id);
    return [{ id, per, scope, tool, message, hint, ...bound }];
  });
}

/** Reads the section `runaway`: when a session is suspended. */
export function readRunaway(source: PolicySource, runaway: SparsePolicy["runaway"]): RunawayRule {
  const { identical, failures, denials, cycles, cooldown } = runaway ?? {};
  const path = ["runaway"];
  const window = readDuration(source, [...path, "identical", "window"], identical?.window);
  const max = readCount(source, [...path, "identical", "max"], { value: identical?.max, least: 1, most: 1_000 });
  return {
    identical: window === undefined || max === undefined ? undefined : { max, window },
    failures: readCount(source, [...path, "failures"], { value: failures, least: 1, most: 1_000 }),
    denials: readCount(source, [...path, "denials"], { value: denials, least: 1, most: 1_000 }),
    cycles: readCount(source, [...path, "cycles"], { value: cycles, least: 2, most: 8 }),
    cooldown: readDuration(source, [...path, "cooldown"], cooldown) ?? tenMinutes,
  };
}

const tenMinutes = 600_000;

function checkTexts(source: PolicySource, path: Path, { id, scope, tool, message, hint }: Entry): void {
  if (scope !== undefined) checkPattern(source, [...path, "scope"], scope);
  if (tool !== undefined && !isToolName(tool)) {
    source.reportAt([...path, "tool"], { code: "invalid_value", message: "this cannot be the name of a tool" });
  }
  checkVisible(source, [...path, "id"], id);
  checkVisible(source, [...path, "message"], message);
  checkVisible(source, [...path, "hint"], hint);
}

function readBound(source: PolicySource, path: Path, entry: Entry): Pick<LimitRule, "max" | "window"> | undefined {
  const window = readDuration(source, [...path, "window"], entry.window);
  const max = readCount(source, [...path, "max"], { value: entry.max, least: 1, most: 1_000 });
  const concurrent = readCount(source, [...path, "concurrent"], { value: entry.concurrent, least: 1, most: 1_000_000 });
  const together = source.has([...path, "max"]) && source.has([...path, "window"]);
  const alone = !source.has([...path, "max"]) && !source.has([...path, "window"]);
  if (source.has([...path, "concurrent"]) ? !alone : !together) {
    const message = "a limit has `max` and `window`, or `concurrent`";
    source.reportAt(path, {
      code: "invalid_value",
      message,
      help: "write { max: 60, window: 1m } or { concurrent: 5 }",
    });
    return undefined;
  }
  if (concurrent !== undefined) return { max: concurrent, window: undefined };
  return max === undefined || window === undefined ? undefined : { max, window };
}

function readCount(
  source: PolicySource,
  path: Path,
  { value, least, most }: { readonly value: number | undefined; readonly least: number; readonly most: number },
): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return value;
  const message = `this must be a whole number from ${least} to ${most}`;
  const help = most === 1_000 ? "counts are exact, so they are kept short: use a shorter window" : undefined;
  source.reportAt(path, { code: "invalid_value", message, help });
  return undefined;
}
