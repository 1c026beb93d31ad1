/**
 * Derives scopes from tools' names: `tool:`, then each word of the name as a segment, in lower case. Words end at
 * `_ - . / :` and before a capital after a small letter, so that `email_send_external` and `emailSendExternal` are both
 * `tool:email:send:external`, and `tool:email:**` is all of e-mail. A server's name comes before the words, once.
 * No two tools get the same scope: the later one gets a number.
 */
export class ScopeNaming {
  readonly #server: string | undefined;
  readonly #taken = new Set<string>();
  readonly #numbers = new Map<string, number>();

  /** `server`: one segment to put before the words. */
  constructor(server: string | undefined) {
    this.#server = server;
  }

  /** A scope for the next tool, whose name must be one that a policy can hold. */
  next(name: string): string {
    const base = this.#derive(name);
    let scope = base;
    while (this.#taken.has(scope)) {
      const number = (this.#numbers.get(base) ?? 1) + 1;
      this.#numbers.set(base, number);
      scope = `${base}-${number}`;
    }
    this.#taken.add(scope);
    return scope;
  }

  #derive(name: string): string {
    const words = name
      .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
      .toLowerCase()
      .split(/[_.:/-]+/)
      .filter(Boolean);
    // A name without words, such as `--`, still is one segment.
    if (words.length === 0) words.push(name.replaceAll(":", "."));
    if (this.#server !== undefined && this.#server.toLowerCase() !== words[0]) words.unshift(this.#server);
    const segments = words.slice(0, maximumWords);
    if (words.length > maximumWords) segments.push(words.slice(maximumWords).join("_"));
    return ["tool", ...segments].join(":");
  }
}

/** A scope has at most 16 segments: `tool`, these, and one for all words that are left. */
const maximumWords = 14;
