/**
 * What is there at once, or comes later. Whoever works with it goes on at once where it can, so that a call whose store
 * and log answer at once waits for nothing, and takes the same way through the code as any other.
 */
export type NowOrLater<T> = T | PromiseLike<T>;

/** Whether something comes later: anything with a method `then`, as `await` has it, also where it can be called itself. */
export function isLater<T>(value: NowOrLater<T>): value is PromiseLike<T> {
  if (typeof value !== "function" && (typeof value !== "object" || value === null)) return false;
  return "then" in value && typeof value.then === "function";
}

/** Goes on with a value, at once where it is there. What fails before fails here, too. */
export function andThen<T, Next>(value: NowOrLater<T>, next: (value: T) => NowOrLater<Next>): NowOrLater<Next> {
  return isLater(value) ? value.then(next) : next(value);
}

/** Goes on where an attempt fails, whether it throws at once or rejects later. */
export function orElse<T>(attempt: () => NowOrLater<T>, next: (error: unknown) => NowOrLater<T>): NowOrLater<T> {
  try {
    const value = attempt();
    return isLater(value) ? value.then(undefined, next) : value;
  } catch (error) {
    return next(error);
  }
}
