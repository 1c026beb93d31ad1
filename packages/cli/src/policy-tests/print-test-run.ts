import { print, printError, safe, styled } from "../print.ts";
import type { PolicyTestFile } from "./policy-test.ts";
import type { CallResult, TestResult } from "./run-policy-test.ts";
import { explanationOf, type PolicyCoverage, type TestRun, type TestWatcher } from "./test-run.ts";

/** Prints each test as soon as it has run. */
export const testPrinter: TestWatcher = {
  onFile: (file) => print(safe(file)),
  onTest: printTest,
  onFault: (_file, fault) => printError(safeLines(fault)),
};

/** Prints what is left to say once all tests have run. */
export function printSummary({ coverage, passed, failed, faults }: TestRun): void {
  for (const policy of coverage) printCoverage(policy);
  const parts = [
    styled(passed > 0 ? "green" : "reset", `${passed} passed`),
    ...(failed === 0 ? [] : [styled("red", `${failed} failed`)]),
    ...(faults === 0 ? [] : [styled("red", `${faults} ${faults === 1 ? "file" : "files"} could not be run`)]),
  ];
  print(`\n${parts.join(", ")}`);
}

/** The differences of one call in words, a line each, fit for a terminal. */
export function describeFailure(file: PolicyTestFile, test: TestResult, result: CallResult): readonly string[] {
  const { call, differences } = result;
  const number = test.calls.indexOf(result) + 1;
  const width = Math.max(...differences.map(({ field }) => field.length));
  return [
    `${safe(file.file)}:${call.line}: call ${number}, ${safe(call.tool)}`,
    ...differences.flatMap(({ field, expected, got }) => [
      `  ${field.padEnd(width)}  expected  ${safe(expected)}`,
      `  ${" ".repeat(width)}  got       ${safe(got)}`,
    ]),
    `  see: ${safe(explanationOf(file.policy, test.test, result))}`,
  ];
}

function printTest(result: TestResult, file: PolicyTestFile): void {
  print(`  ${result.passed ? styled("green", "✓") : styled("red", "✗")} ${safe(result.test.name)}`);
  for (const call of result.calls) {
    if (call.differences.length === 0) continue;
    for (const line of describeFailure(file, result, call)) print(`      ${line}`);
  }
}

function printCoverage({ policy, total, fired, percent, missed }: PolicyCoverage): void {
  print(`\n${safe(policy)}: ${fired} of ${total} rules counted (${percent} %)`);
  for (const { rule, line } of missed) print(`  ${safe(policy)}:${line}: ${safe(rule)}`);
}

/** The lines of a text that has several, each fit for a terminal. */
function safeLines(text: string): string {
  return text.split("\n").map(safe).join("\n");
}
