import { getCurrentTraceContext, NoopSpan, NoopTrace, withTraceContext } from "@openai/agents-core";

/** What a tool's call gave to the model, and whether that is what the SDK says in place of an error. */
export interface Answer {
  readonly content: unknown;
  readonly failed: boolean;
}

/**
 * Runs a tool, and notices whether it failed though it gave an answer: the SDK asks a tool's `errorFunction` for one, but
 * marks the current span with the error first, whether or not anything is traced. Rejects with what the tool rejects with.
 */
export async function answerOf(run: () => Promise<unknown>): Promise<Answer> {
  let failed = false;
  const active = getCurrentTraceContext();
  const span = watchErrors(active?.span ?? nowhere, () => {
    failed = true;
  });
  const content = await withTraceContext({ trace: active?.trace ?? new NoopTrace(), span }, run);
  return { content, failed };
}

type Span = NonNullable<NonNullable<ReturnType<typeof getCurrentTraceContext>>["span"]>;

/** What a span that does nothing tells a processor is nothing. */
const nowhere: Span = new NoopSpan({ type: "custom", name: "tool", data: {} }, undefined as never);

/** The same span, save that its errors are told. */
function watchErrors(span: Span, tell: () => void): Span {
  return new Proxy(span, {
    // Members run on the span itself, for they read its private members.
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== "function") return member;
      return (...given: unknown[]): unknown => {
        if (key === "setError") tell();
        return Reflect.apply(member, target, given);
      };
    },
    set: (target, key, value) => Reflect.set(target, key, value),
  });
}
