import { codePointLength } from "./code-point-length.ts";

/** Why a policy cannot state this as the name of an argument, or `undefined` where it can. */
export function argumentNameFault(name: string): string | undefined {
  if (name === "") return "the name of an argument cannot be empty";
  if (codePointLength(name) > 128) return "the name of an argument has at most 128 characters";
  return isVisible(name) ? undefined : "this name holds characters that nobody can see";
}

/** Whether each character of a text can be seen and is no look-alike of the ordinary space. */
export function isVisible(text: string): boolean {
  return !invisible.test(text);
}

const invisible =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]/u;
