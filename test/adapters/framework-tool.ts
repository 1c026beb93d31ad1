import type { ScriptedTool } from "@ambit/conformance";
import { z } from "zod";

/** The schema of a scripted tool, for frameworks that take zod: what changes arguments on their way is its transform. */
export function zodSchema({ parameters, reshape }: ScriptedTool): z.ZodType<Record<string, unknown>> {
  const schema = z.fromJSONSchema(parameters as Parameters<typeof z.fromJSONSchema>[0]) as z.ZodType<
    Record<string, unknown>
  >; // It is the schema of an object.
  return reshape === undefined ? schema : schema.transform((given) => reshape(given));
}

/** What a model is shown, as text. */
export function shownText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
