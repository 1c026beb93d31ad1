import { isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from "yaml";
import type { Diagnostic, DiagnosticCode } from "./diagnostic.ts";
import { LineIndex } from "./line-index.ts";

/** Steps from the root of the file to a value: keys and list indexes. */
export type Path = readonly PropertyKey[];

/** What is said at one place. */
export interface Remark {
  readonly code: DiagnosticCode;
  /** Default: `error`. */
  readonly severity?: Diagnostic["severity"] | undefined;
  readonly message: string;
  readonly help?: string | undefined;
}

/** Beyond this many errors, and this many other remarks of one code, more of them help nobody. */
export const maximumDiagnostics = 100;

/** A range of the file, in UTF-16 code units: from, up to but not including. */
export type Range = readonly [from: number, to: number];

/** The text of one policy file: finds the place of a value in it and collects what is wrong. */
export class PolicySource {
  readonly text: string;
  readonly file: string;
  readonly diagnostics: Diagnostic[] = [];
  /** The values that errors are about, as far as they have a path. */
  readonly faults: Path[] = [];
  readonly #counts = new Map<string, number>();
  #root: Node | null = null;
  #lines: LineIndex | undefined;
  /** The entries of large maps by their keys, made when first looked for. */
  readonly #entries = new Map<YAMLMap, ReadonlyMap<unknown, Entry>>();

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
  }

  /** Gives the parsed file, in which paths are looked up from then on. */
  setRoot(root: Node | null): void {
    this.#root = root;
  }

  /** Whether no more errors will be taken down. */
  get hasAllErrors(): boolean {
    return (this.#counts.get("error") ?? 0) >= maximumDiagnostics;
  }

  report([from, to]: Range, { severity = "error", ...remark }: Remark): void {
    if (this.isFull(severity, remark.code)) return;
    const kind = severity === "error" ? severity : remark.code;
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    const lineEnd = this.text.slice(from, to).search(/[\r\n]/);
    const length = lineEnd === -1 ? to - from : lineEnd;
    this.diagnostics.push({ severity, file: this.file, ...remark, ...this.#place(from), length: Math.max(1, length) });
  }

  /** Whether no more of a kind is collected. */
  isFull(severity: Diagnostic["severity"], code: DiagnosticCode): boolean {
    return (this.#counts.get(severity === "error" ? severity : code) ?? 0) >= maximumDiagnostics;
  }

  /** All that was reported, in the order of the file. */
  inOrder(): readonly Diagnostic[] {
    return [...this.diagnostics].sort((left, right) => left.line - right.line || left.column - right.column);
  }

  reportAt(path: Path, remark: Remark): void {
    if (this.isFull(remark.severity ?? "error", remark.code)) return;
    this.#noteFault(path, remark);
    this.report(this.#range(path), remark);
  }

  /** Reports at a part of the text of a value, where that text stands in the file as it is. */
  reportWithin(path: Path, part: { readonly offset: number; readonly length: number }, remark: Remark): void {
    this.#noteFault(path, remark);
    const [from, to] = this.#range(path);
    const start = this.text.slice(from, to).indexOf(this.written(path) ?? "");
    // Escapes and folded lines make the value another text than the file's: then the whole of it is marked.
    if (start === -1) return this.report([from, to], remark);
    const begin = from + start + part.offset;
    this.report([begin, begin + part.length], remark);
  }

  /** Reports at a key of the map at a path, rather than at its value. */
  reportKey(path: Path, key: string, remark: Remark): void {
    this.#noteFault([...path, key], remark);
    const map = this.#find(path);
    const pair = isMap(map) ? this.#entry(map, key) : undefined;
    this.report(isScalar(pair?.key) ? rangeOf(pair.key) : this.#range(path), remark);
  }

  /** The value at a path as it is written in the file: exact, where a number would be rounded. */
  written(path: Path): string | undefined {
    const node = this.#find(path);
    if (!isScalar(node)) return undefined;
    return typeof node.value === "string" ? node.value : node.source;
  }

  /** The line of the value at a path, from 1. */
  lineOf(path: Path): number {
    return this.#place(this.#range(path)[0]).line;
  }

  /** Whether anything stands at a path, an empty value included. */
  has(path: Path): boolean {
    const map = this.#find(path.slice(0, -1));
    if (isMap(map)) return this.#entry(map, path.at(-1)) !== undefined;
    return this.#find(path) !== undefined;
  }

  #noteFault(path: Path, { severity = "error" }: Remark): void {
    if (severity === "error") this.faults.push(path);
  }

  #place(offset: number): { readonly line: number; readonly column: number } {
    this.#lines ??= new LineIndex(this.text);
    return this.#lines.place(offset);
  }

  /** The nearest value on the way to a path: a missing one is reported where it should be. */
  #range(path: Path): Range {
    for (let length = path.length; length > 0; length -= 1) {
      const node = this.#find(path.slice(0, length));
      if (node !== undefined) return rangeOf(node);
    }
    return this.#root === null ? [0, 1] : rangeOf(this.#root);
  }

  #find(path: Path): Node | undefined {
    let node: unknown = this.#root ?? undefined;
    for (const step of path) {
      if (isMap(node)) node = this.#entry(node, step)?.value;
      else if (isSeq(node) && typeof step === "number") node = node.items[step];
      else return undefined;
    }
    return isNode(node) ? node : undefined;
  }

  #entry(map: YAMLMap, key: unknown): Entry | undefined {
    if (map.items.length <= manyEntries) return map.items.find((entry) => keyOf(entry) === key);
    let entries = this.#entries.get(map);
    if (entries === undefined) {
      entries = new Map(map.items.map((entry) => [keyOf(entry), entry]));
      this.#entries.set(map, entries);
    }
    return entries.get(key);
  }
}

type Entry = YAMLMap["items"][number];

/** From how many entries on a map is worth an index. */
const manyEntries = 12;

function keyOf({ key }: Entry): unknown {
  return isScalar(key) ? key.value : undefined;
}

/** Where a node stands. A collection is marked by its first line only. */
export function rangeOf(node: Node | Scalar): Range {
  const [from = 0, to = from + 1] = node.range ?? [];
  return [from, to];
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value);
}
