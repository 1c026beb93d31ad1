import type { Authorizer } from "../authorizer.ts";

/** Settings of {@link suspendOnSignal}. */
export interface SuspendOnSignalOptions {
  /** Default: `SIGUSR2`. */
  readonly signal?: NodeJS.Signals | undefined;
  /** Told that it could not be recorded; everything is stopped all the same. Default: a process warning. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * Stops everything that an authorizer decides once this process receives a signal, until the application calls
 * `resume({ kind: "everything" })`. Nothing listens before this is called. Gives the function that ends listening; what
 * was stopped stays stopped.
 */
export function suspendOnSignal(
  authorizer: Pick<Authorizer, "suspend">,
  { signal = "SIGUSR2", onError = warn }: SuspendOnSignalOptions = {},
): () => void {
  const listener = () => {
    authorizer.suspend({ kind: "everything" }, undefined, `the process received ${signal}`).catch(onError);
  };
  process.on(signal, listener);
  return () => void process.off(signal, listener);
}

function warn(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  process.emitWarning(`everything is suspended, which could not be recorded\n${text}`, { code: "AMBIT_SUSPENSIONS" });
}
