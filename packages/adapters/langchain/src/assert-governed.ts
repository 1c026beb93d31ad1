import type { AgentMiddleware } from "langchain";
import { governance } from "./authorization-middleware.ts";
import { MiddlewareOrderError } from "./middleware-order-error.ts";
import { refuseProviderTools } from "./provider-tools.ts";

/** The part of a `createAgent` agent that is read. */
export interface GovernableAgent {
  readonly options: {
    readonly tools?: readonly unknown[] | undefined;
    readonly middleware?: readonly AgentMiddleware[] | undefined;
  };
}

/**
 * Checks, before an agent runs, that `authorizationMiddleware` judges what its tools will really be given: it is there,
 * and no middleware around tools is listed after it. Throws a `MiddlewareOrderError` where that is not so, and an
 * `UngovernableToolError` where a provider runs one of its tools.
 */
export function assertGoverned(agent: GovernableAgent): void {
  const { tools = [], middleware = [] } = agent.options;
  const place = middleware.findIndex((one) => governance.has(one));
  const ours = middleware[place];
  if (ours === undefined) throw new MiddlewareOrderError("the agent has no authorizationMiddleware");
  const inner = middleware.slice(place + 1).find(({ wrapToolCall }) => wrapToolCall !== undefined);
  if (inner !== undefined) throw new MiddlewareOrderError(`"${inner.name}" is listed after the authorization`);
  const added = middleware.flatMap((one) => one.tools ?? []);
  refuseProviderTools([...tools, ...added], governance.get(ours)?.ungoverned);
}
