/** Answers one input at once. */
export type Answer<Input> = (input: Input) => unknown;
/** Answers one input later. */
export type LaterAnswer<Input> = (input: Input) => Promise<unknown>;

/** A loop over inputs, one after the other and round again, that gives how many answers were `true`. */
export function compileLoop<Input>(answer: Answer<Input>, inputs: readonly Input[]): (times: number) => unknown {
  return resume(compile(answer, inputs, { begin: "", call: "answer(inputs[at])" }));
}

/** The same, waiting for each answer before the next question. */
export function compileLaterLoop<Input>(
  answer: LaterAnswer<Input>,
  inputs: readonly Input[],
): (times: number) => unknown {
  return resume(compile(answer, inputs, { begin: "async", call: "await answer(inputs[at])" }));
}

type Loop = (times: number, start: number) => unknown;

/**
 * INVARIANT: each loop is compiled from text of its own. V8 keeps what it learns of a call site by the source that the
 * site stands in, so that one loop written once would call the second contender slower than the first.
 */
function compile(answer: unknown, inputs: readonly unknown[], { begin, call }: { begin: string; call: string }): Loop {
  const text = `return ${begin} function (times, start) {
    let agreed = 0;
    let at = start % inputs.length;
    for (let run = 0; run < times; run += 1) {
      if ((${call}) === true) agreed += 1;
      at += 1;
      if (at === inputs.length) at = 0;
    }
    return agreed;
  };`;
  // oxlint-disable-next-line typescript/no-implied-eval -- See above; nothing in the text comes from anywhere else.
  return new Function("answer", "inputs", text)(answer, inputs) as Loop; // The text above is one.
}

/** Begins each time where the last one ended, so that short rounds do not see the first inputs only. */
function resume(loop: Loop): (times: number) => unknown {
  let start = 0;
  return (times) => {
    const from = start;
    start += times;
    return loop(times, from);
  };
}
