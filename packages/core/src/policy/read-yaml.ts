import { isAlias, isMap, isScalar, isSeq, Lexer, type Node, Parser, parseDocument, type YAMLError } from "yaml";
import { type PolicySource, rangeOf } from "./policy-source.ts";

/** How large and how deep a policy file may be. */
export const policyLimits = { bytes: 1024 * 1024, depth: 32 } as const;

/**
 * Reads the YAML of a policy file: the core schema of YAML 1.2 and nothing that changes the meaning of text elsewhere
 * in the file. Refused: directives, tags, anchors, aliases, several documents, keys that are not plain ASCII text. Gives plain data
 * without prototypes, or `undefined` where anything was reported.
 */
export function readYaml(source: PolicySource): unknown {
  if (source.text.length > policyLimits.bytes) {
    source.report([0, 1], {
      code: "too_large",
      message: "the policy is larger than 1 MiB",
      help: "split it into several policies",
    });
    return undefined;
  }
  refuseNesting(source);
  if (source.diagnostics.length > 0) return undefined;
  refuseDirectives(source);
  const root = parse(source);
  if (source.diagnostics.length > 0) return undefined;
  source.setRoot(root);
  return root === null ? null : plainData(source, root, 1);
}

function parse(source: PolicySource): Node | null {
  try {
    const document = parseDocument(source.text, {
      version: "1.2",
      schema: "core",
      merge: false,
      stringKeys: true,
      uniqueKeys: true,
      prettyErrors: false,
      lineCounter: source.lines,
    });
    for (const error of [...document.errors, ...document.warnings]) reportYamlError(source, error);
    return document.contents;
  } catch {
    // The library recurses over nesting; a file that exhausts it is far beyond the depth that is allowed.
    source.report([0, 1], { code: "too_deep", message: "the YAML is nested too deeply to be read" });
    return null;
  }
}

function reportYamlError(source: PolicySource, error: YAMLError): void {
  const duplicate = error.code === "DUPLICATE_KEY";
  const code = duplicate ? "duplicate_key" : error.code === "TAG_RESOLVE_FAILED" ? "unsupported_yaml" : "syntax";
  const message = duplicate ? "this key stands twice" : lowerFirst(error.message);
  const help = duplicate ? "keep one of them: a reader could not tell which one counts" : undefined;
  source.report([error.pos[0], Math.max(error.pos[1], error.pos[0] + 1)], { code, message, help });
}

/** The library recurses over nesting, so what is too deep is refused before it is parsed. */
function refuseNesting(source: PolicySource): void {
  let brackets = 0;
  let entriesOfLine = 0;
  let offset = 0;
  for (const token of new Lexer().lex(source.text)) {
    if (token === "[" || token === "{") brackets += 1;
    else if (token === "]" || token === "}") brackets -= 1;
    else if (token === "-" || token === "?") entriesOfLine += 1;
    else if (token.endsWith("\n")) entriesOfLine = 0;
    if (Math.max(brackets, entriesOfLine) > policyLimits.depth) {
      const message = `nesting is deeper than ${policyLimits.depth}`;
      return source.report([offset, offset + 1], { code: "too_deep", message });
    }
    if (!lexerMarks.has(token)) offset += token.length;
  }
}

/** Tokens of the lexer's own, which stand for no text: the start and end of a document, and of a scalar. */
const lexerMarks: ReadonlySet<string> = new Set(["\u0002", "\u0018", "\u001f"]);

/** A `%YAML 1.1` line would change what `no` and `010` mean, whatever version the reader asks for. */
function refuseDirectives(source: PolicySource): void {
  for (const token of new Parser().parse(source.text)) {
    if (token.type !== "directive") continue;
    const range = [token.offset, token.offset + token.source.length] as const;
    source.lines.addNewLine(0);
    source.report(range, {
      code: "unsupported_yaml",
      message: "directives are not accepted",
      help: "remove this line",
    });
  }
}

function plainData(source: PolicySource, node: unknown, depth: number): unknown {
  if (isAlias(node)) {
    return refuse(
      source,
      node,
      "aliases are not accepted",
      "write the value out, so that each place can be read on its own",
    );
  }
  if (node === null) return null;
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return undefined;
  if (node.anchor !== undefined) return refuse(source, node, "anchors are not accepted", "remove the &name");
  if (node.tag !== undefined) {
    return refuse(source, node, "tags are not accepted", "remove the tag; quote the value to make it text");
  }
  if (depth > policyLimits.depth)
    return refuse(source, node, `nesting is deeper than ${policyLimits.depth}`, undefined);
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map((item) => plainData(source, item, depth + 1));
  const data: Record<string, unknown> = Object.create(null);
  for (const { key, value } of node.items) {
    if (isAlias(key)) refuse(source, key, "aliases are not accepted", undefined);
    else if (isScalar(key) && typeof key.value === "string" && isPlainKey(key.value)) {
      data[key.value] = plainData(source, value, depth + 1);
    } else
      refuse(
        source,
        isNode(key) ? key : node,
        "this key is not plain ASCII text",
        "write the key as text of ASCII letters and signs",
      );
  }
  return data;
}

function refuse(source: PolicySource, node: Node, message: string, help: string | undefined): undefined {
  source.report(rangeOf(node), {
    code: message.startsWith("nesting") ? "too_deep" : "unsupported_yaml",
    message,
    help,
  });
  return undefined;
}

/** `__proto__` is refused by name: it would be the prototype of whoever merges the data. */
function isPlainKey(key: string): boolean {
  return /^[\x20-\x7e]{1,256}$/.test(key) && key !== "__proto__";
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
