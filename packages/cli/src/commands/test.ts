import { type Command, type ExitCode, exitCodes, UsageError } from "../command.ts";
import { findTestFiles } from "../policy-tests/find-test-files.ts";
import { junitReport } from "../policy-tests/junit-report.ts";
import { printSummary, testPrinter } from "../policy-tests/print-test-run.ts";
import type { CallResult, TestResult } from "../policy-tests/run-policy-test.ts";
import { explanationOf, runTestFiles, type TestRun, type TestWatcher } from "../policy-tests/test-run.ts";
import { printError, printJson, safe } from "../print.ts";
import { readOptions } from "../read-options.ts";
import { writeFileAtomically } from "../write-file-atomically.ts";

/** `ambit test`: whether policies decide as their tests say. */
export const test: Command = {
  name: "test",
  summary: "run the tests of policies, and show which rules no test made count",
  usage: `  ambit test [PATH...] [options]

  PATH           a file of tests, or a folder that is searched for *.test.yaml (default: .)
  --coverage N   fails where less than N percent of a policy's rules counted in any test: the rules of roles, users and
                 agents, and the entries of tools' scopes; not those over history, limits and budgets
  --junit FILE   writes a report for CI as JUnit XML
  --json         print one document with every decision

  policy: policy.yaml            # beside the file of tests
  costs: { pages: 0.10 }         # what stands in for the application's cost functions: one amount each
  tests:
    - name: a rep does not mail strangers
      subject: { id: ann, roles: [rep] }          # also: issuer, tenant, scopes (default: ["tool:**"])
      actor: { id: sales-assistant }              # also: tier, chain (default: some-agent)
      session: s1                                 # default: one of the test's own
      grant: ["tool:crm:*"]                       # default: the task is not narrowed
      now: 2026-03-01T12:00:00Z                   # default: a Monday at noon, UTC
      calls:                                      # one after the other: what was spent stays spent
        - { tool: crm_search, arguments: { q: acme }, expect: permit, cost: 0.002 }
        - { tool: send_email, arguments: { to: [x@else.example] }, expect: forbidden }

  expect is permit, or the code of a denial. A call may also say which rule, reason, hint, scopes and cost it expects,
  how much time passes before it (after: 5m), that the tool fails (fails: true), which labels its classifiers find
  (finds: [private-data]), and that what it gave is withheld, by the code (withheld: history_forbids).

Exit codes: 0 all passed, 2 some failed or too few rules counted, 1 some could not be run.`,
  run,
};

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readOptions(args, {
    coverage: { type: "string" },
    junit: { type: "string" },
    json: { type: "boolean" },
  });
  const least = readPercent(values.coverage);
  const files = await findTestFiles(positionals.length === 0 ? ["."] : positionals);
  const result = await runTestFiles(files, values.json ? silent : testPrinter);
  if (values.json) printJson(document(result));
  else printSummary(result);
  if (values.junit !== undefined) await writeFileAtomically(values.junit, junitReport(result), "replace");
  const uncovered = result.coverage.filter(({ percent }) => percent < least);
  for (const { policy, percent } of uncovered) {
    printError(`${safe(policy)}: ${percent} % of the rules counted, fewer than ${least} %`);
  }
  if (result.faults > 0) return exitCodes.failure;
  return result.failed + uncovered.length > 0 ? exitCodes.negative : exitCodes.success;
}

const silent: TestWatcher = { onFile: () => {}, onTest: () => {}, onFault: () => {} };

function readPercent(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^(100|[0-9]{1,2}(\.[0-9])?)$/.test(text)) throw new UsageError("--coverage must be a number from 0 to 100");
  return Number(text);
}

function document({ files, coverage, passed, failed, faults }: TestRun): object {
  return {
    passed,
    failed,
    faults,
    files: files.map(({ file, policy, tests, fault }) => ({
      file,
      policy: policy ?? null,
      fault: fault ?? null,
      tests: tests.map((result) => testDocument(result, policy ?? "")),
    })),
    coverage,
  };
}

function testDocument(result: TestResult, policy: string): object {
  const { test: about, passed, calls } = result;
  const { name, line } = about;
  return { name, line, passed, calls: calls.map((call) => callDocument(call, explanationOf(policy, about, call))) };
}

function callDocument({ call, decision, differences }: CallResult, explain: string): object {
  const { reason, rule = null, scopes } = decision;
  const code = decision.allowed ? "permit" : decision.code;
  return {
    line: call.line,
    tool: call.tool,
    passed: differences.length === 0,
    code,
    reason,
    rule,
    scopes,
    differences,
    explain,
  };
}
