/**
 * Tells of what kept a policy from being reloaded: a caller's function, or a process warning. The same is told once,
 * until something else happens to the file.
 */
export class FaultReporter {
  readonly #onError: (error: unknown) => void;
  #told: string | undefined;

  constructor(onError: ((error: unknown) => void) | undefined) {
    this.#onError = onError ?? warn;
  }

  report(error: unknown): void {
    const text = textOf(error);
    if (text === this.#told) return;
    this.#told = text;
    this.tell(error);
  }

  /** Tells of it even if it was the last thing told. Never throws: a policy must be followed whatever listeners do. */
  tell(error: unknown): void {
    try {
      this.#onError(error);
    } catch (fault) {
      warn(fault);
    }
  }

  /** What went wrong does so no more. */
  clear(): void {
    this.#told = undefined;
  }
}

function warn(error: unknown): void {
  process.emitWarning(`the policy was not reloaded, and stays as it was\n${textOf(error)}`, { code: "AMBIT_POLICY" });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
