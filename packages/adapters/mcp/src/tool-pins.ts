/** Which definition of each tool was approved: its digest, by the tool's name in the policy. A `Map` fits. */
export interface ToolPins {
  get(tool: string): string | undefined;
  /**
   * Pins a tool that has no pin when it is first listed; may give a promise. Where there is no such method, such a tool
   * is denied.
   */
  set?(tool: string, digest: string): unknown;
}

/** A tool whose definition is not the pinned one. Setting its pin to `digest` approves it. */
export interface ChangedTool {
  /** By its name in the policy. */
  readonly tool: string;
  /** `undefined` where it could not be taken, or is that of two definitions at once. */
  readonly digest: string | undefined;
  /** As the server gave it. */
  readonly definition: unknown;
}

/** A tool, as a server lists it. */
export interface ListedTool {
  readonly name: string;
}

/** What {@link PinnedTools} works with. */
export interface PinOptions {
  readonly pins: ToolPins;
  readonly nameOf: (name: string) => string;
  readonly onChange: ((changed: ChangedTool) => void) | undefined;
}

/** How many tools of one server are known. Those beyond are not, and so denied. */
const maximumTools = 10_000;

/** Compares what a server lists with what was approved. */
export class PinnedTools {
  readonly #options: PinOptions;
  /** The digest with which each tool was last listed; `undefined`: two at once. */
  readonly #listed = new Map<string, string | undefined>();
  /** Those of the pages of this listing. */
  readonly #walked = new Set<string>();

  constructor(options: PinOptions) {
    this.#options = options;
  }

  /** Those of a page's tools that are as they were approved. `first`: whether a listing begins with it. */
  async admit<Tool extends ListedTool>(tools: readonly Tool[], first: boolean): Promise<Tool[]> {
    if (first) this.#walked.clear();
    const digests = await Promise.all(tools.map(definitionDigest));
    for (const [index, { name }] of tools.entries()) await this.#see(this.#options.nameOf(name), digests[index]);
    return tools.filter((definition) => {
      const tool = this.#options.nameOf(definition.name);
      if (this.isApproved(tool)) return true;
      this.#options.onChange?.({ tool, digest: this.#listed.get(tool), definition });
      return false;
    });
  }

  /** Whether a tool was last listed with its pinned definition. What cannot be told is not approved. */
  isApproved(tool: string): boolean {
    try {
      const digest = this.#listed.get(tool);
      return digest !== undefined && this.#options.pins.get(tool) === digest;
    } catch {
      return false;
    }
  }

  async #see(tool: string, digest: string | undefined): Promise<void> {
    // A model that is shown two definitions of one name may have read either.
    const two = this.#walked.has(tool) && this.#listed.get(tool) !== digest;
    if (this.#listed.size >= maximumTools && !this.#listed.has(tool)) return;
    this.#walked.add(tool);
    this.#listed.set(tool, two ? undefined : digest);
    const { pins } = this.#options;
    if (!two && digest !== undefined && pins.get(tool) === undefined) await pins.set?.(tool, digest);
  }
}

/** SHA-256 over what a model or a person is told of a tool, as hex digits; `undefined` where that is no JSON. */
export async function definitionDigest(definition: object): Promise<string | undefined> {
  try {
    const text = canonicalText(Object.fromEntries(parts.map((part) => [part, ownMember(definition, part)])));
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
  } catch {
    return undefined;
  }
}

const parts = ["name", "title", "description", "inputSchema", "outputSchema", "annotations"];

function ownMember(holder: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(holder, name)?.value;
}

/** One text for each JSON value, whatever the order of its members. */
function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const texts = members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalText(member)}`);
  return `{${texts.sort().join()}}`;
}
