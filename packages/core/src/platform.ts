import { createRandomIds } from "./random-ids.ts";

/** What core needs of its platform. Node, browsers, workers and edge runtimes all have these globals. */
interface Platform {
  readonly crypto: { getRandomValues(bytes: Uint8Array): unknown };
  readonly TextDecoder: new () => { decode(bytes: Uint8Array): string };
  readonly process?: { getBuiltinModule?(name: "node:crypto"): { readonly hash?: NativeHash } | undefined };
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(handle: unknown): void;
}

type NativeHash = (algorithm: "sha256", text: string, encoding: "hex") => string;

// Core compiles without Node or DOM types, so the members that it uses are declared here.
const platform = globalThis as unknown as Platform;

const decoder = new platform.TextDecoder();

/** A random UUID (RFC 9562, version 4). */
export const randomId: () => string = createRandomIds(
  (bytes) => platform.crypto.getRandomValues(bytes),
  (ascii) => decoder.decode(ascii),
);

/** SHA-256 of a text in UTF-8, as hex digits, where the platform computes it at once: several times as fast as ours. */
export const nativeSha256: ((text: string) => string) | undefined = findSha256();

function findSha256(): typeof nativeSha256 {
  const hash = platform.process?.getBuiltinModule?.("node:crypto")?.hash;
  return typeof hash === "function" ? (text) => hash("sha256", text, "hex") : undefined;
}

/** The longest that a timer can wait. */
const longestWait = 2 ** 31 - 1;

/**
 * Calls back after so many milliseconds, unless the process has ended by then: it is not kept alive for it. Gives what takes
 * that back.
 */
export function later(callback: () => void, milliseconds: number): () => void {
  const timer = platform.setTimeout(callback, Math.min(milliseconds, longestWait));
  // Node's timers keep their process alive unless they are told not to; elsewhere a timer is a number.
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function")
    timer.unref();
  return () => platform.clearTimeout(timer);
}

/** Comes back after so many milliseconds. The process waits for it. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void platform.setTimeout(resolve, Math.min(milliseconds, longestWait)));
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
export function withDeadline<T>(promise: PromiseLike<T>, milliseconds: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const expire = () => reject(new DeadlineError(`${what} did not answer within ${milliseconds} ms`));
    const timer = platform.setTimeout(expire, milliseconds);
    promise.then(
      (value) => {
        platform.clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        platform.clearTimeout(timer);
        reject(error);
      },
    );
  });
}
