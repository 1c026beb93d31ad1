/** What a diagnostic is about. */
export type DiagnosticCode =
  | "unreadable_file"
  | "too_large"
  | "syntax"
  | "unsupported_yaml"
  | "too_deep"
  | "duplicate_key"
  | "unknown_key"
  | "missing_key"
  | "wrong_type"
  | "invalid_value"
  | "invalid_scope"
  | "invalid_condition"
  | "invalid_schema"
  | "never_applies"
  | "unknown_role"
  | "unknown_pack"
  | "unreachable"
  | "duplicate_name"
  | "duplicate_id"
  | LintCode;

/** What a diagnostic that is no error is about: the file can be used, but does not do what its words suggest. */
export type LintCode =
  | "shadowed"
  | "redundant"
  | "never_asked"
  | "same_condition"
  | "no_tool_yields"
  | "nobody_allowed"
  | "idle_role"
  | "unknown_approver"
  | "no_approvers"
  | "wide_ceiling"
  | "unused_ceiling"
  | "always_true"
  | "always_false"
  | "open_arguments"
  | "mistyped_for_some"
  | "conflicting_obligation"
  | "never_binds"
  | "zero_budget"
  | "fails_open";

/** One thing to say of a policy file, and where. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  /**
   * `error`: the file is no policy. `warning`: part of it cannot have the effect that its words suggest. `notice`: it
   * gives something up on purpose.
   */
  readonly severity: "error" | "warning" | "notice";
  readonly message: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** In UTF-16 code units, from 1. */
  readonly column: number;
  /** In UTF-16 code units, at least 1. */
  readonly length: number;
  /** What to do about it. */
  readonly help?: string | undefined;
}

const shownWidth = 100;

/**
 * A diagnostic for people: `policy.yaml:7:5: error[unknown_key]: …`, the line of the file with carets under the text
 * that is meant, and what to do. Control and direction characters of the file are shown as escapes.
 */
export function renderDiagnostic(diagnostic: Diagnostic, source: string): string {
  return renderDiagnostics([diagnostic], source);
}

/** All diagnostics of one file, each as {@link renderDiagnostic} shows it. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], source: string): string {
  const lines = source === "" ? [] : source.split(/\r\n|\r|\n/);
  return diagnostics.map((diagnostic) => render(diagnostic, lines[diagnostic.line - 1])).join("\n");
}

function render(diagnostic: Diagnostic, text: string | undefined): string {
  const { file, line, column, length, severity, code, message, help } = diagnostic;
  const head = `${escapeText(file)}:${line}:${column}: ${severity}[${code}]: ${escapeText(message)}`;
  const excerpt = text === undefined ? [] : renderExcerpt(text, { line, column, length });
  return [head, ...excerpt, ...(help === undefined ? [] : [`  help: ${escapeText(help)}`])].join("\n");
}

/** Text in which every control, format and direction character is an escape such as `\u001b`. */
export function escapeText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (character) => {
    const unit = character.codePointAt(0) ?? 0;
    return unit > 0xffff ? `\\u{${unit.toString(16)}}` : `\\u${unit.toString(16).padStart(4, "0")}`;
  });
}

function renderExcerpt(
  text: string,
  { line, column, length }: { readonly line: number; readonly column: number; readonly length: number },
): string[] {
  // A long line is cut to a window around the caret.
  const start = Math.max(0, Math.min(column - 1 - shownWidth / 2, text.length - shownWidth));
  const before = escapeText(text.slice(start, column - 1));
  const marked = escapeText(text.slice(column - 1, Math.min(column - 1 + length, start + shownWidth)));
  const after = escapeText(text.slice(column - 1 + marked.length, start + shownWidth));
  const gutter = String(line);
  const shown = `${start > 0 ? "…" : ""}${before}${marked}${after}${start + shownWidth < text.length ? "…" : ""}`;
  const indent = " ".repeat(before.length + (start > 0 ? 1 : 0));
  return [
    `  ${gutter} | ${shown}`,
    `  ${" ".repeat(gutter.length)} | ${indent}${"^".repeat(Math.max(1, marked.length))}`,
  ];
}
