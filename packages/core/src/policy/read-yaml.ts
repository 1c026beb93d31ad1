import {
  type Alias,
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  Parser,
  type YAMLError,
} from "yaml";
import { isLargerThan, policyLimits, tooLarge } from "./policy-limits.ts";
import { maximumDiagnostics, type PolicySource, rangeOf } from "./policy-source.ts";

/**
 * Reads the YAML of a policy file: the core schema of YAML 1.2 and nothing that changes the meaning of text elsewhere
 * in the file. Refused: directives, tags, anchors, aliases, several documents, keys that are not plain ASCII text, and
 * more bytes or nesting than allowed. Gives plain data without prototypes, or `undefined` where anything was reported.
 */
export function readYaml(source: PolicySource, maximumBytes: number): unknown {
  if (isLargerThan(source.text, maximumBytes)) {
    source.report([0, 1], { code: "too_large", ...tooLarge(maximumBytes) });
    return undefined;
  }
  const tokens = readTokens(source);
  if (tokens === undefined) return undefined;
  refuseDirectives(source, tokens);
  const root = compose(source, tokens);
  if (source.diagnostics.length > 0) return undefined;
  source.setRoot(root);
  return root === null ? null : plainData(source, root, 1);
}

type Token = ReturnType<Parser["parse"]> extends Generator<infer Item> ? Item : never;

/**
 * The documents and marks of the file as the library's syntax trees. What composes them recurses over nesting, so the
 * first thing that is too deep ends the reading. So do more faults than are ever reported.
 */
function readTokens(source: PolicySource): readonly Token[] | undefined {
  const tokens: Token[] = [];
  let faults = 0;
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(source.text)) {
    for (const token of parser.next(lexeme)) {
      tokens.push(token);
      if (token.type === "error" || token.type === "directive") faults += 1;
    }
    if (faults > maximumDiagnostics) return tokens;
    // The stack holds the document and, within it, one entry for each level of nesting.
    if (parser.stack.length > policyLimits.depth + 1) {
      const message = `nesting is deeper than ${policyLimits.depth}`;
      const offset = parser.stack.at(-1)?.offset ?? 0;
      source.report([offset, offset + 1], { code: "too_deep", message });
      return undefined;
    }
  }
  tokens.push(...parser.end());
  return tokens;
}

/** A `%YAML 1.1` line would change what `no` and `010` mean, whatever version the reader asks for. */
function refuseDirectives(source: PolicySource, tokens: readonly Token[]): void {
  for (const token of tokens) {
    if (token.type !== "directive") continue;
    const message = "directives are not accepted";
    const range = [token.offset, token.offset + token.source.length] as const;
    source.report(range, { code: "unsupported_yaml", message, help: "remove this line" });
  }
}

function compose(source: PolicySource, tokens: readonly Token[]): Node | null {
  // Keys that stand twice are found below: the library compares each key with each other.
  const composer = new Composer({ version: "1.2", schema: "core", merge: false, stringKeys: true, uniqueKeys: false });
  stopAtManyErrors(composer);
  let first: Document.Parsed | undefined;
  try {
    for (const document of composer.compose(tokens, true, source.text.length)) {
      if (first !== undefined) {
        reportSecondDocument(source, document);
        break;
      }
      first = document;
    }
  } catch (error) {
    if (!(error instanceof ManyErrors)) throw error;
    for (const found of composer.streamInfo().errors) reportYamlError(source, found);
  }
  for (const error of first?.errors ?? []) reportYamlError(source, error);
  for (const warning of first?.warnings ?? []) reportYamlError(source, warning);
  return first?.contents ?? null;
}

class ManyErrors extends Error {}

/** Each error of the library holds a stack trace: millions of them would take all memory. */
function stopAtManyErrors(composer: Composer): void {
  // The library keeps errors through this member, which its types do not show. Were it gone, reading would only be slow.
  const { onError } = composer as unknown as { readonly onError: (...about: unknown[]) => void };
  let errors = 0;
  const countErrors = (...about: unknown[]) => {
    onError(...about);
    errors += 1;
    if (errors >= maximumDiagnostics) throw new ManyErrors();
  };
  Object.assign(composer, { onError: countErrors });
}

function reportSecondDocument(source: PolicySource, { range: [from] }: Document.Parsed): void {
  const message = "a second document begins here";
  source.report([from, from + 3], { code: "syntax", message, help: "put each policy into a file of its own" });
}

function reportYamlError(source: PolicySource, error: YAMLError): void {
  const code = error.code === "TAG_RESOLVE_FAILED" ? "unsupported_yaml" : "syntax";
  const range = [error.pos[0], Math.max(error.pos[1], error.pos[0] + 1)] as const;
  source.report(range, { code, message: lowerFirst(error.message) });
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
  if (!isMarkable(node)) return undefined;
  if (isMarked(node)) return refuseMark(source, node);
  if (depth > policyLimits.depth)
    return refuse(source, node, `nesting is deeper than ${policyLimits.depth}`, undefined);
  if (isScalar(node)) return typeof node.value === "string" ? ownText(node.value) : node.value;
  if (isSeq(node)) return node.items.map((item) => plainData(source, item, depth + 1));
  const data: Record<string, unknown> = Object.create(null);
  for (const { key, value } of node.items) {
    if (isAlias(key)) refuse(source, key, "aliases are not accepted", undefined);
    else if (isMarkable(key) && isMarked(key)) refuseMark(source, key);
    else if (!isScalar(key) || typeof key.value !== "string" || !isPlainKey(key.value)) {
      const at = isNode(key) ? key : node;
      refuse(source, at, "this key is not plain ASCII text", "write the key as text of ASCII letters and signs");
    } else if (key.value in data) {
      const help = "keep one of them: a reader could not tell which one counts";
      source.report(rangeOf(key), { code: "duplicate_key", message: "this key stands twice", help });
    } else data[key.value] = plainData(source, value, depth + 1);
  }
  return data;
}

/**
 * INVARIANT: no text of the data is a piece of the file's text. An engine keeps the whole of a text in memory as long as
 * anything that was cut from it is used; what comes out of JSON is a text of its own.
 */
function ownText(text: string): string {
  return text.length < shortestPiece ? text : JSON.parse(JSON.stringify(text));
}

/** Shorter texts are copied by every engine. */
const shortestPiece = 13;

type Markable = Exclude<Node, Alias>;

function isMarkable(node: unknown): node is Markable {
  return isScalar(node) || isMap(node) || isSeq(node);
}

/** Whether a node has an anchor or a tag. */
function isMarked({ anchor, tag }: Markable): boolean {
  return anchor !== undefined || tag !== undefined;
}

function refuseMark(source: PolicySource, node: Markable): undefined {
  if (node.anchor !== undefined) return refuse(source, node, "anchors are not accepted", "remove the &name");
  return refuse(source, node, "tags are not accepted", "remove the tag; quote the value to make it text");
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
