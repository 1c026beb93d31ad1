import { argumentNameFault } from "@ambit/core";
import { safe } from "../print.ts";

/** The most of somebody else's words that is shown in a comment. */
const maximumShown = 160;

/**
 * Somebody else's words as part of a comment: their first line, in quotes, so that nothing in them ends the comment,
 * steers a terminal, or is taken for a line that an editor obeys.
 */
export function commentText(text: string): string {
  const [line = ""] = text
    .slice(0, 4 * maximumShown)
    .trimStart()
    .split(/[\r\n\v\f\u0085\u2028\u2029]/, 1);
  return nameText(line.trimEnd());
}

/** Somebody else's name for something as part of a comment: all of it, as far as there is room. */
export function nameText(name: string): string {
  const shown = safe(name.slice(0, 4 * maximumShown));
  return `"${shown.length > maximumShown ? `${shown.slice(0, maximumShown)}…` : shown}"`;
}

/** Whether a policy can hold a tool of this name. `__proto__` is a name that no reader of a policy accepts. */
export function isPolicyName(name: string): boolean {
  return /^[A-Za-z0-9_.:/-]{1,128}$/.test(name) && name !== "__proto__";
}

/** Whether a policy can list this argument. A call that comes with another one is denied. */
export function isArgumentName(name: string): boolean {
  return name !== "__proto__" && argumentNameFault(name) === undefined;
}

/** A text as YAML reads it back: plain where it can be nothing else, otherwise in quotes, and ASCII. */
export function yamlText(text: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(text) && !/^(null|true|false)$/i.test(text)) return text;
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
