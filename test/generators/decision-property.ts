import { PolicyError, parsePolicy } from "@ambit/core";
import fc from "fast-check";
import { expect } from "vitest";
import { anyPolicy } from "./policy-arbitrary.ts";
import type { Entries, Entry, PolicyDocument, Request } from "./policy-document.ts";
import { printPolicy } from "./print-policy.ts";
import { anyRequest } from "./request-arbitrary.ts";
import { plainVocabulary } from "./vocabulary.ts";

/** How many policies and calls each property is tried on. */
export const propertyRuns = Number(process.env["AMBIT_PROPERTY_RUNS"] ?? 200);

/** Whether a policy has no mistake that a file must not have, such as a condition that never holds. */
export function isLoadable(policy: PolicyDocument): boolean {
  try {
    parsePolicy(printPolicy(policy));
    return true;
  } catch (error) {
    if (error instanceof PolicyError) return false;
    throw error;
  }
}

/** Policies over ordinary names, all of which can be loaded. */
export const loadablePolicies = anyPolicy(plainVocabulary).filter(isLoadable);

/** Calls over the same names. */
export const ordinaryRequests = anyRequest(plainVocabulary);

/** Asserts a property of policies and calls. It answers whether the case said anything; a tenth of them must. */
export async function always(
  property: (policy: PolicyDocument, request: Request, numbers: Stream<number>) => Promise<boolean>,
): Promise<void> {
  let all = 0;
  let telling = 0;
  const numbers = fc.infiniteStream(fc.nat());
  const counted = fc.asyncProperty(loadablePolicies, ordinaryRequests, numbers, async (policy, request, stream) => {
    all += 1;
    if (await property(policy, request, stream)) telling += 1;
  });
  await fc.assert(counted, { numRuns: propertyRuns });
  expect(telling / all, "too few of the cases say anything").toBeGreaterThan(0.1);
}

/** Numbers without end. */
export type Stream<Value> = Iterator<Value>;

/** A policy in which what each holder is allowed and denied is changed. */
export function mapEntries(policy: PolicyDocument, change: (entries: Entries) => Entries): PolicyDocument {
  const each = <Holder extends Entries>(holders: readonly Holder[] | undefined) =>
    holders?.map((holder) => ({ ...holder, ...change(holder) }));
  return { ...policy, policies: each(policy.policies), users: each(policy.users), agents: each(policy.agents) };
}

/** An entry in its long form. */
export function asMap(entry: string | Entry): Entry {
  return typeof entry === "string" ? { scope: entry } : entry;
}
