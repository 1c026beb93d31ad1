import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { canonicalJson } from "./canonical-json.ts";
import { randomId } from "./platform.ts";
import type { Subject } from "./tool-call.ts";

/** Whose session it is. */
export type SessionSubject = Pick<Subject, "id" | "issuer" | "tenant">;

/** At least 32 bytes that nobody can guess, or text of as many in UTF-8. */
export type SessionSecret = string | Uint8Array;

/** Settings of {@link createSessions}. */
export interface SessionsOptions {
  /**
   * What ids are signed with, the same in all processes over one state. Of several the first signs and all are accepted:
   * put a new one first, and take the old one away once the last session begun with it is over.
   */
  readonly secret: SessionSecret | readonly SessionSecret[];
  /** How long a session lasts, in milliseconds. */
  readonly lifetime: number;
  /** Epoch milliseconds. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** The part of an id that must never repeat: 1 to 128 characters of `[A-Za-z0-9_-]`. Default: random UUIDs. */
  readonly newId?: (() => string) | undefined;
}

/** Begins sessions, and knows those again that it has begun. */
export interface Sessions {
  /**
   * The id of a new session of a subject, for `context.session`: at most 256 characters of `[A-Za-z0-9._-]`, which say
   * when it ends. Throws a `TypeError` where the subject is none, or the clock or `newId` gives nothing usable.
   */
  begin(subject: SessionSubject): string;
  /** When a session ends, in epoch milliseconds; `undefined` where it was not begun here, or not for this subject. */
  endOf(session: string, subject: SessionSubject): number | undefined;
}

/**
 * Sessions that end, so that what they leave behind can be forgotten then: give it to `createAuthorizer`, and the store no
 * longer grows with every session there ever was. Throws a `RangeError` or `TypeError` where a setting is not usable.
 */
export function createSessions(options: SessionsOptions): Sessions {
  const { secret, lifetime, clock = Date.now, newId = randomId } = options;
  const secrets = typeof secret === "string" || secret instanceof Uint8Array ? [secret] : secret;
  const keys = secrets.map(keyOf);
  const [signing] = keys;
  if (signing === undefined) throw new RangeError("there is no secret");
  if (!(Number.isSafeInteger(lifetime) && lifetime > 0)) throw new RangeError("lifetime must be a positive integer");

  return {
    begin(subject) {
      if (!isSubject(subject))
        throw new TypeError("a session begins for a subject: an id, an issuer and a tenant of text");
      const end = Math.floor(clock()) + lifetime;
      if (!(Number.isSafeInteger(end) && end > 0))
        throw new TypeError("the clock gave no time that a session can end by");
      const signed = `${newId()}.${end.toString(36)}`;
      if (!signedText.test(signed)) throw new TypeError("newId gave no id: 1 to 128 characters of [A-Za-z0-9_-]");
      return `${signed}.${sign(signing, signed, subject)}`;
    },
    endOf(session, subject) {
      const border = session.lastIndexOf(".");
      const [signed, signature] = [session.slice(0, Math.max(border, 0)), session.slice(border + 1)];
      const end = Number.parseInt(signedText.exec(signed)?.[1] ?? "", 36);
      if (!Number.isSafeInteger(end) || !isSubject(subject)) return undefined;
      return keys.some((key) => isEqual(sign(key, signed, subject), signature)) ? end : undefined;
    },
  };
}

const signedText = /^[A-Za-z0-9_-]{1,128}\.([0-9a-z]{1,11})$/;

/**
 * INVARIANT (S2, B9): over the very text of the id and whose it is, by an encoding that no two of them share, so that
 * nobody can lengthen a session, or take one of another subject's for their own.
 */
function sign(key: Uint8Array, signed: string, { id, issuer = "", tenant = "" }: SessionSubject): string {
  return bytesToHex(hmac(sha256, key, utf8ToBytes(canonicalJson(["ambit session 1", signed, tenant, issuer, id]))));
}

/** Takes as long whichever characters differ, so that nobody finds a signature one by one. */
function isEqual(expected: string, given: string): boolean {
  if (expected.length !== given.length) return false;
  let difference = 0;
  for (let index = 0; index < expected.length; index += 1) {
    difference |= expected.charCodeAt(index) ^ given.charCodeAt(index);
  }
  return difference === 0;
}

/** A copy, so that nobody changes it afterwards. */
function keyOf(secret: SessionSecret): Uint8Array {
  const isText = typeof secret === "string";
  if (isText ? !secret.isWellFormed() : !(secret instanceof Uint8Array)) {
    throw new TypeError("a secret is well-formed text or bytes");
  }
  const key = isText ? utf8ToBytes(secret) : Uint8Array.from(secret);
  if (key.length < 32) throw new RangeError("a secret has at least 32 bytes");
  return key;
}

function isSubject({ id, issuer = "", tenant = "" }: SessionSubject): boolean {
  return id !== "" && [id, issuer, tenant].every(isText);
}

function isText(source: unknown): boolean {
  return typeof source === "string" && source.length <= 256 && source.isWellFormed();
}
