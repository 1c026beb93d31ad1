import { type ConditionEnvironment, type Frame, openFrame } from "./frame.ts";

/** Runs a compiled expression; whatever goes wrong, the work running out included, makes it unknown. */
export function runSafely<Result>(
  run: (frame: Frame) => Result | undefined,
  environment: ConditionEnvironment,
): Result | undefined {
  try {
    const frame = openFrame(environment);
    const value = run(frame);
    // INVARIANT: an evaluation cut short decides nothing, not even what an `||` had already decided.
    return frame.steps < 0 ? undefined : value;
  } catch {
    // INVARIANT: D3. An accessor that throws, or text too long for the platform, is unknown; it never escapes.
    return undefined;
  }
}
