import { MiddlewareOrderError } from "./middleware-order-error.ts";

/** A tool, and whether anything entered it. */
export interface WatchedTool<Tool extends object> {
  readonly tool: Tool;
  readonly entered: () => boolean;
}

/** A tool whose body is guarded, watched at its body. */
export function watchBody<Tool extends object>(guarded: Tool): WatchedTool<Tool> {
  return watch(guarded, ["_call", "func"], () => {});
}

/**
 * A tool whose body is out of reach, watched at the one entrance that an agent takes. It lets in only the call that was
 * judged.
 *
 * INVARIANT (E2): arguments that a middleware made anew behind the authorization were not judged.
 */
export function watchInvoke<Tool extends object>(tool: Tool, judged: unknown): WatchedTool<Tool> {
  return watch(tool, ["invoke"], (call) => {
    const args = typeof call === "object" && call !== null && "args" in call ? call.args : undefined;
    if (args !== judged) throw new MiddlewareOrderError("a middleware behind the authorization changed a call");
  });
}

function watch<Tool extends object>(
  tool: Tool,
  entrances: readonly PropertyKey[],
  enter: (input: unknown) => void,
): WatchedTool<Tool> {
  let entered = false;
  const watched = new Proxy<Tool>(tool, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key); // Accessors run on the original: they may read private members.
      if (!entrances.includes(key) || typeof member !== "function") return member;
      return (...given: unknown[]): unknown => {
        enter(given[0]);
        entered = true;
        return Reflect.apply(member, target, given);
      };
    },
  });
  return { tool: watched, entered: () => entered };
}
