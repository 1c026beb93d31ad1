import { hash } from "node:crypto";

/** SHA-256 over the UTF-8 bytes of a text, as 64 lower-case hex digits: the same as core's, several times as fast. */
export function nodeSha256(text: string): string {
  return hash("sha256", text, "hex");
}
