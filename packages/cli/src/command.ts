/** Exit codes of `ambit`: what was asked holds, it does not, or it could not be found out. */
export const exitCodes = { success: 0, failure: 1, negative: 2 } as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A command of `ambit`. */
export interface Command {
  /** How it is called, such as `check` or `audit verify`. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** What `--help` prints below the summary. */
  readonly usage: string;
  run(args: readonly string[]): Promise<ExitCode>;
}

/** The command was called in a way that it does not understand. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
