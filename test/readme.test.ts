import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { parsePolicy } from "@ambit/core";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");

interface Block {
  readonly language: string;
  readonly text: string;
  readonly line: number;
  /** The `text` block that follows, if that is what comes next: what the program prints. */
  readonly output: string | undefined;
}

const documents: string[] = [];
for await (const path of glob(["README.md", "docs/*.md", "{packages,examples,test/bench}/**/README.md"], {
  cwd: root,
  exclude: isInstalled,
})) {
  documents.push(path);
}

/** How each language of a block is shown to be true. A block in any other language fails. */
const proofs: Record<string, (block: Block, document: string) => Promise<void> | void> = {
  ts: runProgram,
  sh: runCommands,
  yaml: ({ text }, document) => void parsePolicy(text, { file: document }),
  json: ({ text }) => void JSON.parse(text),
  text: () => {}, // Compared with what the block before it prints.
};

describe.each(documents.sort())("%s", (document) => {
  const blocks = readBlocks(readFileSync(join(root, document), "utf8"));

  it.for(blocks.map((block) => [block.line, block.language, block] as const))(
    "line %i: the %s block is true",
    { timeout: 120_000 },
    async ([, language, block]) => {
      const proof = proofs[language];
      if (proof === undefined) return expect.unreachable(`no way is known to run a block in "${language}"`);
      await proof(block, document);
    },
  );
});

async function runProgram({ text, output }: Block, document: string): Promise<void> {
  const { stdout } = await run(process.execPath, ["--input-type=module-typescript", "--eval", text], {
    cwd: join(root, dirname(document)),
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
  });
  if (output !== undefined) expect(withoutIds(stdout)).toBe(output);
}

async function runCommands({ text }: Block, document: string): Promise<void> {
  for (const command of text
    .trim()
    .split("\n")
    .filter((line) => !line.startsWith("#"))) {
    if (command.startsWith("npm install ")) expectPublishedNames(command);
    else if (/^npm (ci|test|run [a-z]+)( && npm (test|run [a-z]+))*$/.test(command)) expectScripts(command);
    else
      await run("bash", ["-euo", "pipefail", "-c", command], {
        cwd: document.startsWith("examples") ? root : join(root, dirname(document)),
      });
  }
}

/** Installing needs a registry: that the names are those of our packages is what can be said here. */
function expectPublishedNames(command: string): void {
  const own = command.match(/@ambit\/[a-z-]+/g) ?? [];
  expect(own.length).toBeGreaterThan(0);
  for (const name of own)
    expect(() => import.meta.resolve(name === "@ambit/cli" ? "@ambit/cli/package.json" : name)).not.toThrow();
}

/** This test is run by `npm test` itself, and the demo by a test of its own: here, the scripts exist. */
function expectScripts(command: string): void {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  for (const [, script] of command.matchAll(/npm (?:run )?([a-z]+)/g)) {
    if (script !== "ci") expect(Object.keys(scripts)).toContain(script);
  }
}

function readBlocks(markdown: string): Block[] {
  const fences = [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
  return fences.map((fence, index) => {
    const next = fences[index + 1];
    const line = markdown.slice(0, fence.index).split("\n").length;
    return { language: fence[1] ?? "", text: fence[2] ?? "", line, output: next?.[1] === "text" ? next[2] : undefined };
  });
}

function withoutIds(text: string): string {
  return text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "…");
}

function isInstalled(path: string): boolean {
  return path.includes("node_modules") || path.includes("fixtures");
}
