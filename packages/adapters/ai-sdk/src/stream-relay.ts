import { ModelCallDeniedError, ToolCallDeniedError } from "@ambit/core";
import type { LanguageModelMiddleware } from "ai";

/** What a streaming call of a model gives. */
export type StreamResult = Awaited<ReturnType<NonNullable<LanguageModelMiddleware["wrapStream"]>>>;

type Part = StreamResult["stream"] extends ReadableStream<infer Item> ? Item : never;

/** The part that says what the call took. */
export type FinishPart = Extract<Part, { type: "finish" }>;

/** What passes through the authorizer: the result without its stream's parts, and then those. */
type Item = { readonly result: StreamResult } | { readonly part: Part } | { readonly end: true };

/** Ends the authorizer's stream as one that failed, and the application's like the model's own. */
const unfinished = new Error("the stream of a model ended before its usage was known");

/** Passes the parts of one model's stream through an authorizer, so that the call ends when they do. */
export class StreamRelay {
  readonly #tool: string;
  readonly #start: () => PromiseLike<StreamResult>;
  #reader: ReadableStreamDefaultReader<Part> | undefined;
  #givenUp = false;

  constructor(tool: string, start: () => PromiseLike<StreamResult>) {
    this.#tool = tool;
    this.#start = start;
  }

  /** What the authorizer runs. */
  async *items(onFinish: (part: FinishPart) => void): AsyncGenerator<Item, void, undefined> {
    const result = await this.#start();
    const reader: ReadableStreamDefaultReader<Part> = result.stream.getReader();
    this.#reader = reader;
    try {
      yield { result };
      let finished = false;
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        const part = read.value;
        if (part.type === "finish") {
          finished = true;
          onFinish(part);
        }
        yield { part };
      }
      // Whoever gave it up has asked for its end already, which is reached by this yield.
      if (this.#givenUp) yield { end: true };
      if (!finished) throw unfinished;
    } finally {
      reader.cancel().catch(() => {});
    }
  }

  /** Starts the call. Gives its result, with a stream whose end is that of the authorized one. */
  async begin(items: AsyncGenerator<Item, void, undefined>): Promise<StreamResult> {
    const first = await items.next().catch((error: unknown) => {
      throw this.#asModelError(error);
    });
    if (first.done === true || !("result" in first.value)) throw unfinished;
    const pull = async (controller: ReadableStreamDefaultController<Part>) => {
      try {
        const next = await items.next();
        if (next.done !== true && "part" in next.value) controller.enqueue(next.value.part);
        else controller.close();
      } catch (error) {
        if (error === unfinished) controller.close();
        else controller.error(this.#asModelError(error));
      }
    };
    const cancel = (reason: unknown) => this.#giveUp(items, reason);
    return { ...first.value.result, stream: new ReadableStream({ pull, cancel }, { highWaterMark: 0 }) };
  }

  /** What was permitted and was then stopped, or is withheld, is denied like any other call. */
  #asModelError(error: unknown): unknown {
    return ToolCallDeniedError.isInstance(error) ? new ModelCallDeniedError(this.#tool, error.decision) : error;
  }

  async #giveUp(items: AsyncGenerator<Item, void, undefined>, reason: unknown): Promise<void> {
    this.#givenUp = true;
    // Asked for before anything ends, so that an end that comes of cancelling is not taken for the model's own.
    const ended = items.return();
    await this.#reader?.cancel(reason);
    await ended;
  }
}
