import type { RunInformation } from "./authorization-options.ts";

/** What LangGraph gives the code of a task to pause it by: it throws, or gives what the run was resumed with. */
type Interrupt = (value: unknown) => unknown;

/** What LangGraph keeps of one attempt at a task. LangChain reads it by the same name. */
interface Scratchpad {
  /** Which pause was asked for last: -1 where none was. */
  readonly interruptCounter: number;
  /** What the run was resumed with before, pause by pause, and now. */
  readonly resume: readonly unknown[];
  readonly nullResume?: unknown;
}

/**
 * One attempt at a task of a graph, as far as calls of tools pause it. LangGraph begins a task that was paused from its
 * first line when the run is resumed, with all calls that share it.
 */
export class PausableTask {
  readonly #scratchpad: Scratchpad;
  #calls = 0;
  #pause: unknown;

  private constructor(scratchpad: Scratchpad) {
    this.#scratchpad = scratchpad;
  }

  /** The one in which a call is made. `undefined`: it is made outside of a graph. */
  static of(run: RunInformation | undefined): PausableTask | undefined {
    const scratchpad: unknown = run?.configurable?.["__pregel_scratchpad"];
    if (!isScratchpad(scratchpad)) return undefined;
    const known = tasks.get(scratchpad) ?? new PausableTask(scratchpad);
    tasks.set(scratchpad, known);
    return known;
  }

  /**
   * A call begins. Throws the pause where the task is paused already.
   *
   * INVARIANT (E3): what would be done again when the task is begun again is not done before.
   */
  enter(): void {
    if (this.#pause !== undefined) throw this.#pause;
    this.#calls += 1;
  }

  /**
   * Pauses the task by throwing what LangGraph throws. Returns where the run was resumed from this very pause, and where
   * nothing can pause it: there is no checkpointer, or other calls share the task.
   *
   * INVARIANT (E3): a task in which another call has begun is not paused, for that call would be made again.
   */
  pause(run: RunInformation | undefined, value: unknown): void {
    if (this.#calls > 1 || run?.interrupt === undefined) return;
    try {
      run.interrupt(value);
    } catch (error) {
      if (!isBubbling(error)) return;
      this.#pause = error;
      throw error;
    }
  }

  /**
   * Takes what the run was resumed with, if anything, from a call that was approved meanwhile: what was meant for its pause
   * must not answer what its tool asks.
   */
  takeResumption(interrupt: Interrupt | undefined): void {
    const { interruptCounter, resume, nullResume } = this.#scratchpad;
    if (interruptCounter + 1 >= resume.length && nullResume === undefined) return;
    try {
      interrupt?.(undefined);
    } catch {
      // There was none: the tool's own pause is the first.
    }
  }
}

const tasks = new WeakMap<Scratchpad, PausableTask>();

function isScratchpad(value: unknown): value is Scratchpad {
  if (typeof value !== "object" || value === null) return false;
  if (!("interruptCounter" in value && typeof value.interruptCounter === "number")) return false;
  return "resume" in value && Array.isArray(value.resume);
}

/** Whether what was thrown steers LangGraph, as its interrupts do, and is no error. Its own test needs LangGraph. */
export function isBubbling(thrown: unknown): boolean {
  return typeof thrown === "object" && thrown !== null && "is_bubble_up" in thrown && thrown.is_bubble_up === true;
}
