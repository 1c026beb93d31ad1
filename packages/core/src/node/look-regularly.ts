/** Something that is looked at again and again. */
export interface RegularLook {
  /** Looks now. Resolves when a look that began after this call has ended. */
  refresh(): Promise<void>;
  /** Looks no more. */
  close(): void;
}

/**
 * Looks at once when asked, and otherwise in an interval of milliseconds, one look at a time. Keeps no process alive.
 * The look must not reject.
 */
export function lookRegularly(look: () => Promise<void>, interval: number): RegularLook {
  let last = Promise.resolve();
  let waiting: Promise<void> | undefined;
  let open = true;
  const begin = async () => {
    waiting = undefined;
    if (open) await look();
  };
  const refresh = () => {
    // INVARIANT: looks do not overlap, so what an earlier one found never replaces what a later one did. A look that has
    // begun may have missed what was written since: who asks now waits for another.
    waiting ??= last = last.then(begin);
    return waiting;
  };
  const timer = setInterval(() => void refresh(), interval).unref();
  return {
    refresh,
    close: () => {
      open = false;
      clearInterval(timer);
    },
  };
}
