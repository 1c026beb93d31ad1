import { explainCall, type Policy, PolicyError } from "@ambit/core";
import { loadPolicy } from "@ambit/core/node";
import { explainCommand } from "./explain-command.ts";
import { type PolicyTest, type PolicyTestFile, readPolicyTests } from "./policy-test.ts";
import { type CoverageReport, RuleCoverage } from "./rule-coverage.ts";
import { type CallResult, runPolicyTest, type TestResult } from "./run-policy-test.ts";

/** What became of one file of tests. */
export interface FileResult {
  readonly file: string;
  /** `undefined` where the file could not be read. */
  readonly policy: string | undefined;
  readonly tests: readonly TestResult[];
  /** Why the file, or the rest of it, could not be run, fit for a terminal. */
  readonly fault: string | undefined;
}

/** What became of all tests. */
export interface TestRun {
  readonly files: readonly FileResult[];
  readonly coverage: readonly PolicyCoverage[];
  readonly passed: number;
  readonly failed: number;
  /** How many files could not be run whole. */
  readonly faults: number;
}

/** How much of one policy all tests together made count. */
export interface PolicyCoverage extends CoverageReport {
  readonly policy: string;
}

/** Told of what happens while it happens. */
export interface TestWatcher {
  onFile(file: string): void;
  onTest(result: TestResult, file: PolicyTestFile): void;
  onFault(file: string, fault: string): void;
}

interface LoadedPolicy {
  readonly policy: Policy;
  readonly coverage: RuleCoverage;
}

/** Runs the tests of some files, one after the other. What cannot be run is a fault of its file; the others still run. */
export async function runTestFiles(files: readonly string[], watcher: TestWatcher): Promise<TestRun> {
  const policies = new Map<string, LoadedPolicy>();
  const results: FileResult[] = [];
  for (const file of files) {
    watcher.onFile(file);
    const result = await runFile(file, policies, watcher);
    if (result.fault !== undefined) watcher.onFault(file, result.fault);
    results.push(result);
  }
  const tests = results.flatMap((result) => result.tests);
  const passed = tests.filter((test) => test.passed).length;
  return {
    files: results,
    coverage: [...policies].map(([policy, { coverage }]) => ({ policy, ...coverage.report() })),
    passed,
    failed: tests.length - passed,
    faults: results.filter(({ fault }) => fault !== undefined).length,
  };
}

async function runFile(file: string, policies: Map<string, LoadedPolicy>, watcher: TestWatcher): Promise<FileResult> {
  const tests: TestResult[] = [];
  let policy: string | undefined;
  try {
    const read = await readPolicyTests(file);
    policy = read.policy;
    const loaded = policies.get(policy) ?? (await load(policy));
    policies.set(policy, loaded);
    for (const test of read.tests) {
      const result = await runPolicyTest(loaded.policy, test);
      for (const call of result.calls) noteCoverage(loaded, test, call);
      tests.push(result);
      watcher.onTest(result, read);
    }
    return { file, policy, tests, fault: undefined };
  } catch (error) {
    return { file, policy, tests, fault: faultText(error) };
  }
}

async function load(path: string): Promise<LoadedPolicy> {
  const policy = await loadPolicy(path);
  return { policy, coverage: new RuleCoverage(policy) };
}

function noteCoverage({ policy, coverage }: LoadedPolicy, { context }: PolicyTest, { call, now }: CallResult): void {
  const { tool, arguments: args } = call;
  coverage.note(tool, explainCall({ policy, call: { tool, arguments: args }, context, now }));
}

/** The command line that explains a call of a test. */
export function explanationOf(policy: string, { context }: PolicyTest, { call, now }: CallResult): string {
  return explainCommand({ policy, tool: call.tool, arguments: call.arguments, context, now });
}

function faultText(error: unknown): string {
  // The message of a PolicyError has several lines and is fit for a terminal; others are made so where they are shown.
  if (error instanceof PolicyError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
