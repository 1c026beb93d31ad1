import type { NowOrLater } from "./now-or-later.ts";

/** What {@link unreadStream} works with. */
export interface UnreadStreamOptions<Chunk> {
  /** Called once, when somebody asks for the first chunk. */
  readonly begin: () => Promise<AsyncGenerator<Chunk, void, undefined>>;
  /** Called once, when the stream is ended before anybody has asked. */
  readonly abandon: () => NowOrLater<void>;
}

/**
 * A stream of which nothing runs before somebody asks for its first chunk, and then never if it was ended before: a
 * generator that was never asked runs nothing of its own when it is ended, not even `finally`.
 */
export function unreadStream<Chunk>({
  begin,
  abandon,
}: UnreadStreamOptions<Chunk>): AsyncGenerator<Chunk, void, undefined> {
  let asked = false;
  async function* relay(): AsyncGenerator<Chunk, void, undefined> {
    asked = true;
    yield* await begin();
  }
  const stream = relay();
  const [giveUp, fail] = [stream.return.bind(stream), stream.throw.bind(stream)];
  const end = async (close: () => Promise<IteratorResult<Chunk, void>>) => {
    const abandoned = !asked;
    asked = true;
    // INVARIANT (E3): first of all, so that whoever asks for a chunk while it is abandoned finds the end and starts nothing.
    const closed = close();
    closed.catch(() => {}); // Heard below, once it is abandoned.
    if (abandoned) await abandon();
    return closed;
  };
  return Object.assign(stream, {
    return: () => end(() => giveUp()),
    throw: (error: unknown) => end(() => fail(error)),
  });
}
