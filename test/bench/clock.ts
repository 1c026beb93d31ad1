/** Says how much time has gone by, in nanoseconds since some moment. */
export type Clock = () => number;

/**
 * The time that this thread was given by a processor. For what only computes: it is the same as the time of day on a
 * machine with nothing else to do, and stays what it is on a busy one. Systems may count it in steps of some
 * milliseconds, so that a round must last many times as long.
 */
export const processorTime: Clock = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) * 1_000;
};

/** The time of day. For what waits: for a disk, for a timer. */
export const elapsedTime: Clock = () => performance.now() * 1e6;
