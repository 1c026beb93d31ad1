import { Buffer } from "node:buffer";
import type { OfferedTool } from "./offered-tool.ts";
import { ScopeNaming } from "./scope-of-tool.ts";
import { commentText, isArgumentName, isPolicyName, nameText, yamlText } from "./starter-text.ts";

/** What {@link writeStarterPolicy} is given. */
export interface StarterRequest {
  readonly tools: readonly OfferedTool[];
  /** Where the tools came from: the name of a server or a file. */
  readonly origin: string;
  /** A segment that begins every scope after `tool`. Default: none. */
  readonly server?: string | undefined;
}

/** A starter policy, and what could not be put into it. */
export interface StarterPolicy {
  /** Valid, and allows nothing. */
  readonly text: string;
  readonly governed: number;
  /** Names that no policy can hold. Calls of them are denied. */
  readonly ungovernable: readonly string[];
  /** How many tools did not fit into the largest policy that is read. */
  readonly left: number;
}

/** A tool with the scope that calls of it require. */
interface GovernedTool extends OfferedTool {
  readonly scope: string;
}

/** A policy of 1 MiB is read everywhere; the rest of it is for what stands around the tools. */
const toolBytes = 1024 * 1024 - 96 * 1024;
/** The most arguments that a policy lists for one tool. */
const maximumArguments = 256;
/** How many lines of a comment are written out. */
const maximumLines = 200;

/**
 * Writes the policy that somebody starts from: every tool with its scope and arguments, and in comments what a role, an
 * agent and a budget look like. The result is valid whatever the tools are called and say of themselves.
 */
export function writeStarterPolicy({ tools, origin, server }: StarterRequest): StarterPolicy {
  const { known, ungovernable, repeated } = sortTools(tools, server);
  const full = known.map((tool) => [...commentLines(tool), ...toolLines(tool)].join("\n"));
  // Where everything does not fit, what can be done without goes first: what the server says of itself.
  const texts = bytes(full) <= toolBytes ? full : known.map((tool) => toolLines(tool).join("\n"));
  const fitting = countFitting(texts);
  const governed = known.slice(0, fitting);
  const lines = [
    ...headLines(origin, governed.length),
    "",
    "# What a call of each tool requires. Calls of a tool that is not listed here are denied.",
    ...(fitting === 0 ? ["tools: {}"] : ["tools:", ...texts.slice(0, fitting)]),
    ...leftOutLines({ ungovernable, repeated, left: known.length - fitting }),
    "",
    ...roleLines(governed),
    "",
    ...closingLines,
  ];
  return { text: `${lines.join("\n")}\n`, governed: fitting, ungovernable, left: known.length - fitting };
}

function sortTools(tools: readonly OfferedTool[], server: string | undefined) {
  const naming = new ScopeNaming(server);
  const known = new Map<string, GovernedTool>();
  const ungovernable = new Set<string>();
  const repeated = new Set<string>();
  for (const tool of tools) {
    if (!isPolicyName(tool.name)) ungovernable.add(tool.name);
    else if (known.has(tool.name)) repeated.add(tool.name);
    else known.set(tool.name, { ...tool, scope: naming.next(tool.name) });
  }
  return { known: [...known.values()], ungovernable: [...ungovernable], repeated: [...repeated] };
}

function headLines(origin: string, count: number): string[] {
  return [
    `# A starter policy, written by ambit init for ${count} ${count === 1 ? "tool" : "tools"} of ${commentText(origin)}.`,
    "# It allows nothing yet. Read what each tool does, correct its scope, then uncomment what a role may do.",
    "# Text in quotes is the words of whoever offers the tools: a claim, not a fact.",
    "version: 1",
  ];
}

function commentLines({ description, saysReadOnly }: GovernedTool): string[] {
  const said = description === undefined ? "" : commentText(description);
  return [
    ...(said === "" || said === '""' ? [] : [`  # ${said}`]),
    ...(saysReadOnly ? ["  # The server says that it only reads. Annotations are claims, not grants."] : []),
  ];
}

function toolLines({ name, scope, properties }: GovernedTool): string[] {
  const lines = [`  ${yamlText(name)}:`, `    scope: ${scope}`];
  if (properties === undefined) return [...lines, "    # Its schema does not say which arguments there are."];
  const names = new Set(properties);
  const listed = [...names].filter(isArgumentName).slice(0, maximumArguments);
  const unlisted = names.size - listed.length;
  if (unlisted > 0) lines.push(`    # ${unlisted} more of its arguments cannot be listed.`);
  return [...lines, `    arguments: [${listed.map(yamlText).join(", ")}]`];
}

interface LeftOut {
  readonly ungovernable: readonly string[];
  readonly repeated: readonly string[];
  readonly left: number;
}

function leftOutLines({ ungovernable, repeated, left }: LeftOut): string[] {
  const lines: string[] = [];
  if (left > 0) {
    lines.push("", `# ${left} more tools are left out: the file would be larger than 1 MiB. Calls of them are denied.`);
  }
  if (repeated.length > 0) {
    lines.push("", "# Offered more than once; the first counts. Nobody can tell which of them a call means:");
    lines.push(...namedLines(repeated));
  }
  if (ungovernable.length > 0) {
    lines.push("", "# Not governable: no policy can hold these names. Calls of these tools are denied:");
    lines.push(...namedLines(ungovernable));
  }
  return lines;
}

function namedLines(names: readonly string[]): string[] {
  return limited(
    names.map((name) => `#   ${nameText(name)}`),
    "#   ",
  );
}

function roleLines(tools: readonly GovernedTool[]): string[] {
  const families = new Map<string, number>();
  for (const { scope } of tools) {
    const family = scope.split(":").slice(0, 2).join(":");
    families.set(family, (families.get(family) ?? 0) + (scope === family ? 0 : 1));
  }
  const patterns = [...families].filter(([, count]) => count > 1).map(([family]) => `    #   - "${family}:**"`);
  const scopes = tools.map(({ scope, saysReadOnly }) => {
    return `    #   - ${scope}${saysReadOnly ? " # says that it only reads" : ""}`;
  });
  return [
    "# What each role is allowed and denied. A deny wins over every allow.",
    "policies:",
    "  - role: user",
    tools.length === 0 ? "    # allow: []" : "    # allow:",
    ...limited(scopes, "    #   # "),
    ...limited(patterns, "    #   # "),
  ];
}

const closingLines = [
  "# What each agent may hold at most, whatever its user holds. Once this section exists, other agents hold nothing.",
  "# agents:",
  "#   - agent: my-agent",
  '#     allow: ["tool:**"]',
  "",
  "# What may be spent, once tools have a cost, such as `cost: 0.01`.",
  "# budgets:",
  '#   - { per: user, limit: "10.00", window: day }',
  "",
  "# See that the file is valid with ambit check, and that it decides as it should with ambit test.",
];

function limited(lines: readonly string[], prefix: string): string[] {
  if (lines.length <= maximumLines) return [...lines];
  return [...lines.slice(0, maximumLines), `${prefix}… and ${lines.length - maximumLines} more`];
}

function countFitting(texts: readonly string[]): number {
  let left = toolBytes;
  let count = 0;
  for (const text of texts) {
    left -= Buffer.byteLength(text) + 1;
    if (left < 0) break;
    count += 1;
  }
  return count;
}

function bytes(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
}
