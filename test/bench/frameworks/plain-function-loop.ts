import { type FrameworkLoop, given, toolName } from "./framework-loop.ts";

/** An asynchronous function, called. */
export const plainFunctionLoop: FrameworkLoop = {
  name: "plain function, guard",
  prepare(authorization, body) {
    const plain = async (_args: typeof given) => body();
    if (authorization === undefined) return () => plain(given);
    const { authorizer, context } = authorization;
    const guarded = authorizer.guard(plain, { tool: toolName, context });
    return () => guarded(given);
  },
};
