import type { AdapterDriver, ExcusedCase } from "@ambit/conformance";

/** A framework that has joined the suite of adapters. */
export interface JoinedFramework {
  /** With its version and the way in which it runs tools: "AI SDK 7, generateText". */
  readonly name: string;
  /** Under which the root's package.json installs it; `undefined` where there is nothing to install. */
  readonly installed: string | undefined;
  readonly driver: AdapterDriver;
  /** What it cannot be tried with, and why. */
  readonly excuses: readonly Excuse[];
}

/** Why several cases cannot be tried. */
export interface Excuse {
  readonly ids: readonly string[];
  /** In plain words, for the table of docs/adapters.md. */
  readonly reason: string;
}

/** One entry for each case. */
export function excusedCases({ excuses }: Pick<JoinedFramework, "excuses">): readonly ExcusedCase[] {
  return excuses.flatMap(({ ids, reason }) => ids.map((id) => ({ id, reason })));
}
