import { assertGovernable, guardTool, type Judge, type ToolGuard } from "./guard-tool.ts";

/** What a server that registers tools keeps for itself. */
export interface ToolRegistry {
  _registeredTools?: unknown;
}

/** What {@link guardRegistry} works with. */
export interface RegistryGuard {
  readonly judge: Judge;
  readonly ungoverned: readonly string[];
}

/**
 * Guards every tool of a server: those that it has, and whatever is registered, updated or renamed later, for all of that
 * ends in the one list by which the SDK finds a tool. Where it throws, it has changed nothing.
 *
 * INVARIANT (E4): a server that keeps no such list is refused.
 */
export function guardRegistry(server: ToolRegistry, guard: RegistryGuard): void {
  const before = server._registeredTools;
  if (typeof before !== "object" || before === null || Array.isArray(before)) {
    throw new Error("this server cannot be authorized: it does not keep its tools as the SDK's McpServer does");
  }
  for (const [name, tool] of Object.entries(before))
    assertGovernable(handlerOf(tool), { ...guard, nameOf: () => name });
  const guards = new WeakMap<object, ToolGuard & { name: string }>();
  const admit = (name: string, tool: object) => {
    const known = guards.get(tool);
    if (known !== undefined) {
      assertGovernable(handlerOf(tool), { ...known, nameOf: () => name });
      known.name = name;
      return;
    }
    const made = { ...guard, name, nameOf: () => made.name };
    guardTool(tool, made);
    guards.set(tool, made);
  };
  const registry = guardedList(admit);
  Object.assign(registry, before);
  Object.defineProperty(server, "_registeredTools", { value: registry, enumerable: true });
}

function handlerOf(tool: unknown): unknown {
  return typeof tool === "object" && tool !== null && "handler" in tool ? tool.handler : undefined;
}

/** Without a prototype, so that a tool may be named like something that objects inherit. */
function guardedList(admit: (name: string, tool: object) => void): object {
  const tools: Record<string | symbol, unknown> = Object.create(null);
  return new Proxy(tools, {
    defineProperty: (target, name, descriptor) => {
      const tool: unknown = descriptor.value;
      if (typeof name !== "string" || typeof tool !== "object" || tool === null) return false;
      admit(name, tool);
      // INVARIANT (D8): a tool has one name, by which it is judged. Version 1 leaves a renamed tool its second last name.
      for (const other of Object.keys(target)) if (other !== name && target[other] === tool) delete target[other];
      return Reflect.defineProperty(target, name, descriptor);
    },
  });
}
