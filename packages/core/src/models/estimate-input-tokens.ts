import { utf8Length } from "../utf8-length.ts";

/** Most texts take three and a half bytes a token or more; dense code and texts in other scripts take nearly three. */
const bytesPerToken = 3;

/** More than providers count for a picture of usual size. */
const tokensPerPicture = 5_000;

const limits = { depth: 64, values: 1_000_000 } as const;

/**
 * An estimate of how many tokens a prompt takes, rather high than low: a token for every three bytes of its texts in UTF-8,
 * the names of members included, and of its files, but 5,000 for each picture, however it is given. `undefined` where
 * it cannot be told: for other files that are given by an address, and what is too deep or too large. Never throws.
 */
export function estimateInputTokens(...parts: readonly unknown[]): number | undefined {
  const counter = new PromptCounter();
  try {
    const top = { depth: 0, plain: false };
    return parts.every((part) => counter.add(part, top)) ? counter.tokens : undefined;
  } catch {
    return undefined; // An accessor that throws.
  }
}

/** Where in a prompt a value stands. */
interface Place {
  readonly depth: number;
  /** Within what a model or a tool made up: whatever it looks like there, it is sent as text. */
  readonly plain: boolean;
}

/** Each method answers `false` for what cannot be counted. */
class PromptCounter {
  #bytes = 0;
  #pictures = 0;
  #values = 0;

  get tokens(): number {
    return Math.ceil(this.#bytes / bytesPerToken) + this.#pictures * tokensPerPicture;
  }

  add(value: unknown, place: Place): boolean {
    this.#values += 1;
    if (this.#values > limits.values || place.depth > limits.depth) return false;
    if (typeof value === "string") this.#bytes += utf8Length(value);
    else if (typeof value !== "object" || value === null) this.#bytes += bytesOfOther;
    else if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) this.#bytes += value.byteLength;
    else if (Array.isArray(value)) return value.every((entry) => this.add(entry, within(place)));
    else return this.#addObject(value, place);
    return true;
  }

  #addObject(object: object, place: Place): boolean {
    const members = Object.entries(object);
    const kind = place.plain ? "other" : kindOf(members);
    if (kind === "picture") {
      this.#pictures += 1;
      return true;
    }
    // What an address leads to may be of any size.
    if (kind === "file" && members.some(([name, value]) => leadsElsewhere(name, value))) return false;
    return members.every(([name, value]) => {
      this.#bytes += utf8Length(name);
      return this.add(value, within(place, kind === "json" || plainNames.has(name)));
    });
  }
}

function within({ depth, plain }: Place, becomesPlain = false): Place {
  return { depth: depth + 1, plain: plain || becomesPlain };
}

/** Members that hold the arguments of calls. */
const plainNames = new Set(["input", "args", "arguments"]);

/** A number, `true` or `null`, in JSON. */
const bytesOfOther = 8;

type Members = readonly (readonly [string, unknown])[];

const mediaNames = new Set(["mediaType", "mimeType", "mime_type", "media_type"]);

/** How the frameworks' parts of messages are told apart: by their type, and by the type of what they hold. */
function kindOf(members: Members): "picture" | "file" | "json" | "other" {
  const texts = members.flatMap(([name, value]) => (typeof value === "string" ? [[name, value] as const] : []));
  const type = texts.find(([name]) => name === "type")?.[1] ?? "";
  if (/^(?:error-)?json$/.test(type)) return "json";
  const media = texts.find(([name]) => mediaNames.has(name))?.[1];
  if (media?.startsWith("image") || /^(?:input_)?image(?:[-_]|$)/.test(type)) return "picture";
  if (media !== undefined && !media.startsWith("text")) return "file";
  return /^(?:input_)?(?:file|audio|video|media|document)(?:[-_]|$)/.test(type) ? "file" : "other";
}

function leadsElsewhere(name: string, value: unknown): boolean {
  if (name === "source_type") return value !== "base64" && value !== "text";
  if (name === "url") return typeof value !== "string" || !value.startsWith("data:");
  if (/^(?:fileId|file_id|reference|fileUri)$/.test(name)) return value !== undefined;
  if (name !== "data") return false;
  if (typeof value === "string") return /^[a-z]+:\/\//i.test(value);
  // An address, or what says how the data is given.
  if (typeof value !== "object" || value === null) return false;
  return "href" in value || ("type" in value && (value.type === "url" || value.type === "reference"));
}
