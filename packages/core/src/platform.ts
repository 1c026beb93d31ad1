/** What core needs of its platform. Node, browsers, workers and edge runtimes all have these globals. */
interface Platform {
  readonly crypto: { randomUUID(): string };
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(handle: unknown): void;
}

// Core compiles without Node or DOM types, so the three members that it uses are declared here.
const platform = globalThis as unknown as Platform;

/** A random UUID (RFC 9562, version 4). */
export function randomId(): string {
  return platform.crypto.randomUUID();
}

/** A port of the authorizer failed to answer. The message is for administrators and never reaches a model. */
export class UnavailableError extends Error {
  override readonly name: string = "UnavailableError";
}

/** The state is another one than that which was known, so that nobody can say what was done before. */
export class StateLostError extends Error {
  override readonly name = "StateLostError";
}

/** Something took longer than its deadline. */
export class DeadlineError extends UnavailableError {
  override readonly name = "DeadlineError";
}

/** What a port threw or rejected with, whatever it is, as the cause of an {@link UnavailableError}. */
export function unavailable(what: string, cause: unknown): UnavailableError {
  if (cause instanceof UnavailableError) return cause;
  const text = cause instanceof Error ? cause.message : "something that is not an error was thrown";
  return new UnavailableError(`${what} failed: ${text}`, { cause });
}

/** Waits for a promise, but no longer than the deadline; then rejects with a {@link DeadlineError}. */
export function withDeadline<T>(promise: Promise<T>, milliseconds: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const expire = () => reject(new DeadlineError(`${what} did not answer within ${milliseconds} ms`));
    const timer = platform.setTimeout(expire, milliseconds);
    promise.then(resolve, reject).finally(() => platform.clearTimeout(timer));
  });
}
