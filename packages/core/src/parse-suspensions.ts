import { z } from "zod";
import { readCheckedYaml } from "./policy/checked-yaml.ts";
import { PolicySource } from "./policy/policy-source.ts";
import { stopAtErrors } from "./policy/stop-at-errors.ts";
import type { ListedSuspension, ListedTarget } from "./suspension-list.ts";
import { parseTime } from "./time-text.ts";

/** How large a file of suspensions may be: it is read by the thread that decides calls, which must not be kept long. */
export const suspensionLimits = { bytes: 32 * 1024, entries: 250 } as const;

/**
 * Reads the text of a file that lists who is stopped, YAML or JSON. Throws a `PolicyError` that shows everything that is
 * wrong with it, with line and column; such a file says nothing of who is stopped, and must never be taken to say "nobody".
 */
export function parseSuspensions(text: string, { file }: { readonly file: string }): readonly ListedSuspension[] {
  refuseInvisible(text, file);
  const { data } = readCheckedYaml(text, { file, schema });
  return data.suspended.map(readEntry);
}

// No context has a name with half a character, so an entry with one would stop nobody.
const part = z
  .string()
  .max(256)
  .refine((text) => text.isWellFormed(), "this holds half a character");
const name = part.min(1);

const entry = z
  .strictObject({
    everything: z.literal(true).optional(),
    tenant: part.optional(),
    agent: name.optional(),
    user: name.optional(),
    issuer: part.optional(),
    session: name.optional(),
    until: z
      .string()
      .refine((text) => parseTime(text) !== undefined, "this is no time with its zone, such as 2026-03-01T12:00:00Z")
      .optional(),
    reason: part.optional(),
  })
  .superRefine((entry, check) => {
    const fault = targetFault(entry);
    if (fault !== undefined) check.addIssue({ code: "custom", message: fault });
  });

// INVARIANT (R7): the list must be written out. A file that was cut off at its beginning, or only just made, is empty,
// and must not be taken for one that stops nobody.
const schema = z.strictObject({
  version: z.literal(1).optional(),
  suspended: z.array(entry).max(suspensionLimits.entries),
});

type Entry = z.output<typeof entry>;

/** INVARIANT (R7): who wants both of two stopped writes two entries; one that meant both would stop fewer calls. */
function targetFault({ everything, tenant, agent, user, issuer, session }: Entry): string | undefined {
  const others = [tenant, agent, user, issuer, session];
  if (everything && others.some((other) => other !== undefined)) return "everything goes with no other name";
  if (agent !== undefined && [user, issuer, session].some((other) => other !== undefined))
    return "an agent and a user, issuer or session need an entry each";
  if (issuer !== undefined && user === undefined && session === undefined) return "an issuer needs a user or a session";
  if (!everything && others.every((other) => other === undefined))
    return "this names nobody: write everything: true, a tenant, an agent, a user or a session";
  return undefined;
}

function readEntry(entry: Entry): ListedSuspension {
  const { until, reason } = entry;
  return { ...readTarget(entry), until: until === undefined ? undefined : parseTime(until), reason };
}

function readTarget({ tenant, agent, user, issuer, session }: Entry): ListedTarget {
  if (agent !== undefined) return { kind: "agent", id: agent, tenant };
  if (session !== undefined) return { kind: "session", id: session, user, issuer, tenant };
  if (user !== undefined) return { kind: "user", id: user, issuer, tenant };
  if (tenant !== undefined) return { kind: "tenant", tenant };
  return { kind: "everything" };
}

/** A name with a character that nobody can see, pasted with it, would stop nobody; written as an escape it is meant. */
function refuseInvisible(text: string, file: string): void {
  const found = /[^\P{C}\n\r\t\p{Cn}\p{Co}]|[\u2028\u2029]/u.exec(text.replace(/^\uFEFF/, " "));
  if (found === null) return;
  const source = new PolicySource(text, file);
  const help = 'remove it, or write it in double quotes as an escape such as "\\u200b"';
  const message = "this character is invisible";
  source.report([found.index, found.index + found[0].length], { code: "invalid_value", message, help });
  stopAtErrors(source);
}
