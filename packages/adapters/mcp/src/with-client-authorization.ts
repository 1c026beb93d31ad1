import { type Deny, offeredTools, resolveContext, UngovernableToolError, undecided } from "@ambit/core";
import type { ClientAuthorizationOptions, ClientToolExecution } from "./client-authorization-options.ts";
import { denialResult } from "./denial-result.ts";
import { guardSending, type SendingTransport } from "./guard-sending.ts";
import { runCall } from "./run-call.ts";
import { type ListedTool, PinnedTools } from "./tool-pins.ts";

/** The part of the SDK's `Client` that is used, in both versions. */
export interface AuthorizableClient {
  callTool(...given: never[]): Promise<unknown>;
  request(...given: never[]): Promise<unknown>;
  connect(transport: never, ...more: never[]): Promise<void>;
  readonly transport?: object | undefined;
}

/**
 * Guards a client: from here on every call of a tool is authorized before it is sent, and sent with the very arguments that
 * were judged. A denied call gives a result with `isError`, which the model reads.
 *
 * The client itself is changed and given back. Calls as tasks, whose results come past the call, are refused with an
 * `UngovernableToolError`. Throws a `TypeError` where the server's name is none.
 */
export function withClientAuthorization<CLIENT extends AuthorizableClient>(
  client: CLIENT,
  options: ClientAuthorizationOptions,
): CLIENT {
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(options.server)) {
    throw new TypeError("the name of the server must be 1 to 64 characters of A-Z, a-z, 0-9, '_', '.' and '-'");
  }
  const before = guarded.get(client);
  if (before !== undefined) {
    if (isSame(before, options)) return client;
    throw new Error("this client is authorized already, with other settings");
  }
  const guard = new ClientGuard(client, options);
  const connect = client.connect.bind(client);
  const connectGuarded = (transport: never, ...more: never[]) => {
    guard.watch(transport);
    return connect(transport, ...more);
  };
  if (client.transport !== undefined) guard.watch(client.transport);
  Object.defineProperty(client, "connect", { value: connectGuarded });
  Object.defineProperty(client, "request", { value: guard.request });
  guarded.set(client, options);
  return client;
}

// INVARIANT (E4): what counts as guarded is known here only; a mark on the client could be set by anyone.
const guarded = new WeakMap<object, ClientAuthorizationOptions>();

function isSame(one: ClientAuthorizationOptions, other: ClientAuthorizationOptions): boolean {
  const { authorizer, context, server, pins } = one;
  return authorizer === other.authorizer && context === other.context && server === other.server && pins === other.pins;
}

/** Of a tool that is not listed as it was approved. */
const unapproved: Deny = Object.freeze({
  ...undecided,
  code: "forbidden",
  reason: "the definition of this tool is not the one that was approved",
});

type Send = (request: unknown, ...more: unknown[]) => Promise<unknown>;
type Members = Readonly<Record<string, unknown>>;

class ClientGuard {
  readonly #options: ClientAuthorizationOptions;
  readonly #send: Send;
  readonly #pinned: PinnedTools | undefined;
  /** INVARIANT (E3): arguments may leave only while their permitted call runs. */
  readonly #leaving = new WeakMap<object, unknown>();

  constructor(client: AuthorizableClient, options: ClientAuthorizationOptions) {
    const { pins, onChange } = options;
    this.#options = options;
    this.#send = client.request.bind(client) as Send; // It is given what it would be given without a guard.
    this.#pinned = pins && new PinnedTools({ pins, onChange, nameOf: (name) => this.#nameOf(name) });
  }

  watch(transport: object): void {
    guardSending(transport as SendingTransport, this.#leaving); // What a client connects to sends.
  }

  readonly request: Send = async (request, ...more) => {
    const members = read(request);
    switch (members["method"]) {
      case "tools/call":
        return this.#call(members, more);
      case "tools/list":
        return this.#list(await this.#send(request, ...more), read(members["params"]), more);
      default:
        return this.#send(request, ...more);
    }
  };

  async #call(request: Members, more: readonly unknown[]): Promise<unknown> {
    const params = read(request["params"]);
    const tool = this.#nameOf(params["name"]);
    const send = (args: object) => this.#sendJudged({ ...request, params: { ...params, arguments: args } }, args, more);
    if (params["task"] !== undefined || more.some((given) => read(given)["task"] !== undefined)) {
      if (this.#options.ungoverned?.includes(tool)) return send({ ...read(params["arguments"]) });
      throw new UngovernableToolError(tool, "it is called as a task, whose result does not pass the call");
    }
    const { authorizer, context: source, actualCost } = this.#options;
    const information = this.#execution(tool, more);
    const context = await resolveContext({ source, information, signal: information.signal });
    // Last of all, for the tool may be listed anew while it is found out who calls it.
    if (this.#pinned?.isApproved(tool) === false) return denialResult(unapproved);
    const call = { tool, arguments: params["arguments"] ?? {} };
    return runCall({ call, context, authorizer, actualCost }, send);
  }

  async #sendJudged(request: Members, args: object, more: readonly unknown[]): Promise<unknown> {
    this.#leaving.set(args, read(request["params"])["name"]);
    try {
      return await this.#send(request, ...more);
    } finally {
      this.#leaving.delete(args);
    }
  }

  async #list(result: unknown, params: Members, more: readonly unknown[]): Promise<unknown> {
    const { tools } = read(result);
    if (!Array.isArray(tools)) return result;
    const listed: readonly ListedTool[] = tools;
    const approved = (await this.#pinned?.admit(listed, params["cursor"] === undefined)) ?? [...listed];
    return { ...read(result), tools: await this.#offer(approved, more) };
  }

  async #offer(tools: ListedTool[], more: readonly unknown[]): Promise<ListedTool[]> {
    const { offer, authorizer, context, ungoverned = [] } = this.#options;
    if (offer !== "visible") return tools;
    const offered = await offeredTools({
      authorizer,
      source: context,
      tools: tools.map(({ name }) => this.#nameOf(name)),
      informationOf: (tool) => this.#execution(tool, more),
    });
    const shown = new Set([...offered, ...ungoverned]);
    return tools.filter(({ name }) => shown.has(this.#nameOf(name)));
  }

  /** INVARIANT (D8): the server is who the application says that it is. Its name holds no `/`, so no two tools share one. */
  #nameOf(name: unknown): string {
    return `mcp:${this.#options.server}/${typeof name === "string" ? name : ""}`;
  }

  #execution(toolName: string, more: readonly unknown[]): ClientToolExecution {
    const signals = more.map((given) => read(given)["signal"]);
    return { toolName, server: this.#options.server, signal: signals.find((signal) => signal instanceof AbortSignal) };
  }
}

function read(value: unknown): Members {
  return typeof value === "object" && value !== null ? (value as Members) : {}; // Each member is checked where it is used.
}
