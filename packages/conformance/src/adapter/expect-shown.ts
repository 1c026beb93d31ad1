import type { DenyCode } from "@ambit/core";
import { ConformanceError } from "../conformance-error.ts";
import type { AgentReport } from "./adapter-driver.ts";

/** What the model was shown of the one call with an id. */
export function shown({ results }: AgentReport, id: string): string {
  const found = results.filter((result) => result.id === id);
  const [result] = found;
  if (result === undefined || found.length > 1) {
    throw new ConformanceError(`the model was shown ${found.length} results of one call: ${JSON.stringify(results)}`);
  }
  return result.text;
}

/** Throws unless a text is the one line that says why a call was denied. Gives its message. */
export function expectDenial(text: string, code: DenyCode): string {
  return expectLine(text, "tool_call_denied", code);
}

/** Throws unless a text is the one line that says why a result is withheld. Gives its message. */
export function expectWithheld(text: string, code: DenyCode): string {
  return expectLine(text, "tool_result_withheld", code);
}

/** Throws where a text holds another. */
export function expectHidden(text: string, hidden: string, what: string): void {
  if (text.includes(hidden)) throw new ConformanceError(`${what} reached the model: ${text}`);
}

/** Throws unless what is promised holds. */
export function expectThat(holds: boolean, fault: string): void {
  if (!holds) throw new ConformanceError(fault);
}

function expectLine(text: string, error: string, code: DenyCode): string {
  const line: unknown = parse(text);
  const known = typeof line === "object" && line !== null ? (line as Record<string, unknown>) : {}; // Each member is checked.
  if (known["error"] !== error || known["code"] !== code || typeof known["message"] !== "string") {
    throw new ConformanceError(`expected ${error} with code ${code}, the model was shown ${JSON.stringify(text)}`);
  }
  return known["message"];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
