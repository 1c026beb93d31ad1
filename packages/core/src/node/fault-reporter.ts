/** What a process warning says first, and its code. */
export interface FaultWarning {
  readonly text: string;
  readonly code: string;
}

const policyKept: FaultWarning = { text: "the policy was not reloaded, and stays as it was", code: "AMBIT_POLICY" };

/**
 * Tells of what is wrong with a file that is followed, by default one that holds a policy: a caller's function, or a
 * process warning. The same is told once, until something else happens to the file.
 */
export class FaultReporter {
  readonly #onError: (error: unknown) => void;
  readonly #warning: FaultWarning;
  #told: string | undefined;

  constructor(onError: ((error: unknown) => void) | undefined, warning: FaultWarning = policyKept) {
    this.#warning = warning;
    this.#onError = onError ?? ((error) => warn(error, warning));
  }

  report(error: unknown): void {
    const text = textOf(error);
    if (text === this.#told) return;
    this.#told = text;
    this.tell(error);
  }

  /** Tells of it even if it was the last thing told. Never throws: a file must be followed whatever listeners do. */
  tell(error: unknown): void {
    try {
      this.#onError(error);
    } catch (fault) {
      warn(fault, this.#warning);
    }
  }

  /** What went wrong does so no more. */
  clear(): void {
    this.#told = undefined;
  }
}

function warn(error: unknown, { text, code }: FaultWarning): void {
  process.emitWarning(`${text}\n${textOf(error)}`, { code });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
