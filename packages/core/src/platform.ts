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

/** Something took longer than its deadline. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
  readonly code = "deadline_exceeded";
}

/** Waits for a promise, but no longer than the deadline; then rejects with a {@link DeadlineError}. */
export function withDeadline<T>(promise: Promise<T>, milliseconds: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const expire = () => reject(new DeadlineError(`${what} did not answer within ${milliseconds} ms`));
    const timer = platform.setTimeout(expire, milliseconds);
    promise.then(resolve, reject).finally(() => platform.clearTimeout(timer));
  });
}
