import type { Authorizer } from "./authorizer.ts";
import type { ContextSource } from "./resolve-context.ts";

/** What {@link offeredTools} works with. */
export interface OfferRequest<Information> {
  readonly authorizer: Pick<Authorizer, "visibleTools">;
  readonly source: ContextSource<Information>;
  /** The names of the tools that there are. */
  readonly tools: readonly string[];
  /** What the context function is told of a call of a tool. Must hold nothing that the model said. */
  readonly informationOf: (tool: string) => Information;
}

/**
 * The names of the tools that a model should be offered: those that are visible in the context that a call of them would
 * have. A context function is asked once for each tool. Never rejects.
 *
 * A tool whose visibility cannot be told, because the context function or the authorizer fails, is offered: leaving tools
 * out is a courtesy to the model, and each call is judged all the same.
 *
 * INVARIANT (D11): what a context function throws is shown to nobody: it may quote tokens and addresses.
 */
export async function offeredTools<Information>(request: OfferRequest<Information>): Promise<readonly string[]> {
  const offered = await Promise.all(request.tools.map((tool) => isOffered(request, tool)));
  return request.tools.filter((_tool, index) => offered[index]);
}

async function isOffered<Information>(request: OfferRequest<Information>, tool: string): Promise<boolean> {
  const { authorizer, source, informationOf } = request;
  try {
    const context = typeof source === "function" ? await source(informationOf(tool)) : source;
    return authorizer.visibleTools([tool], context).includes(tool);
  } catch {
    return true;
  }
}
