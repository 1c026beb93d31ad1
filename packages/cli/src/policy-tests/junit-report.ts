import { safe } from "../print.ts";
import type { PolicyTestFile } from "./policy-test.ts";
import { describeFailure } from "./print-test-run.ts";
import type { TestResult } from "./run-policy-test.ts";
import type { FileResult, TestRun } from "./test-run.ts";

/**
 * A report in the XML that JUnit made common: a suite a file, a case a test. A file that could not be run has a case of its
 * own, with an error.
 */
export function junitReport({ files, passed, failed, faults }: TestRun): string {
  const counts = { tests: passed + failed + faults, failures: failed, errors: faults };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: "ambit test", ...counts })}>`,
    ...files.flatMap(suite),
    "</testsuites>",
    "",
  ].join("\n");
}

function suite({ file, policy, tests, fault }: FileResult): readonly string[] {
  const failures = tests.filter(({ passed }) => !passed).length;
  const errors = fault === undefined ? 0 : 1;
  const counts = { tests: tests.length + errors, failures, errors, skipped: 0 };
  const read = { file, policy: policy ?? "", tests: [] };
  return [
    `  <testsuite${attributes({ name: file, ...counts })}>`,
    ...tests.flatMap((test) => testCase(test, read)),
    ...(fault === undefined
      ? []
      : [
          `    <testcase${attributes({ name: "the file can be run", classname: file, file })}>`,
          `      <error${attributes({ message: firstLine(fault) })}>${text(fault)}</error>`,
          "    </testcase>",
        ]),
    "  </testsuite>",
  ];
}

function testCase(result: TestResult, file: PolicyTestFile): readonly string[] {
  const { name, line } = result.test;
  const opening = `    <testcase${attributes({ name, classname: file.file, file: file.file, line })}`;
  if (result.passed) return [`${opening}/>`];
  const failures = result.calls.filter(({ differences }) => differences.length > 0);
  const lines = failures.flatMap((call) => describeFailure(file, result, call));
  const message = firstLine(lines.join("\n"));
  return [
    `${opening}>`,
    `      <failure${attributes({ message })}>${text(lines.join("\n"))}</failure>`,
    "    </testcase>",
  ];
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${text(String(value))}"`)
    .join("");
}

function firstLine(lines: string): string {
  return lines.split("\n", 1)[0] ?? "";
}

/** Text for XML. Characters that XML cannot hold at all, such as controls, are shown as escapes. */
function text(value: string): string {
  return value
    .split("\n")
    .map((line) => safe(line).replace(/[&<>"'\ufffe\uffff]/g, (character) => entities[character] ?? ""))
    .join("\n");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\ufffe": "\\ufffe",
  "\uffff": "\\uffff",
};
