import { sha256 as hash } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { nativeSha256 } from "./platform.ts";

/** SHA-256 (FIPS 180-4) over the UTF-8 bytes of a text, as 64 lower-case hex digits. Synchronous on every platform. */
export const sha256: (text: string) => string = nativeSha256 ?? portableSha256;

/** The same where the platform has none that answers at once. */
export function portableSha256(text: string): string {
  return bytesToHex(hash(utf8ToBytes(text)));
}
