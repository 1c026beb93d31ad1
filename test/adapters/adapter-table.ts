import { readFileSync } from "node:fs";
import { join } from "node:path";
import { adapterCases } from "@ambit/conformance";
import type { JoinedFramework } from "./joined-framework.ts";

const root = join(import.meta.dirname, "../..");

/** Where the table is published. */
export const adapterTablePath = join(root, "docs/adapters.md");

const introduction = `# What each adapter keeps

Every case of [\`@ambit/conformance\`](../packages/conformance/README.md#adapters) is run against every way in which a framework runs tools, through its own loop with a scripted model. ✓: the case passes. A number: it cannot be tried there, for the reason below; a case that is excused and passes is an error. E1, S3 and their like name the invariants that a case belongs to. This file is written by

\`\`\`sh
npm run table
\`\`\`
`;

/** The whole document: which framework keeps which promise, or why that cannot be tried. */
export function adapterTable(frameworks: readonly JoinedFramework[]): string {
  const installed = installedVersions();
  const reasons: string[] = [];
  const letters = frameworks.map((_, index) => String.fromCodePoint(65 + index));
  const legend = frameworks.map(({ name, installed: alias }, index) => {
    const version = alias === undefined ? "" : (installed.get(alias) ?? fail(`${alias} is not installed`));
    return row([letters[index] ?? "", name, version]);
  });
  const rows = adapterCases.map(({ id, title }) => {
    const cells = frameworks.map((framework) => cellOf(framework, id, reasons));
    return row([`\`${id}\`<br>${title}`, ...cells]);
  });
  return [
    introduction,
    row(["", "framework, and how it runs tools", "tried with"]),
    row(["---", "---", "---"]),
    ...legend,
    "",
    row(["case", ...letters]),
    row(["---", ...letters.map(() => ":-:")]),
    ...rows,
    "",
    ...reasons.map((reason, index) => `${index + 1}. ${capital(reason)}.`),
    "",
  ].join("\n");
}

function cellOf({ excuses }: JoinedFramework, id: string, reasons: string[]): string {
  const excuse = excuses.find(({ ids }) => ids.includes(id));
  if (excuse === undefined) return "✓";
  if (!reasons.includes(excuse.reason)) reasons.push(excuse.reason);
  return String(reasons.indexOf(excuse.reason) + 1);
}

/** What the root installs for its tests, by the names under which it does: `name version`. */
function installedVersions(): ReadonlyMap<string, string> {
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    devDependencies: Record<string, string>;
  };
  const entries = Object.entries(devDependencies).map(([alias, version]) => {
    const [, name = alias, exact = version] = /^npm:(.+)@(.+)$/.exec(version) ?? [];
    return [alias, `\`${name}\` ${exact}`] as const;
  });
  return new Map(entries);
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("__proto__", "`__proto__`")).join(" | ")} |`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function fail(message: string): never {
  throw new Error(message);
}
