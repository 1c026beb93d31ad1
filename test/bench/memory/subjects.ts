import { parsePolicy } from "@ambit/core";
import { LineCounter, parse, parseDocument } from "yaml";
import { casbinContenders } from "../permission/casbin-contenders.ts";
import type { PermissionContender } from "../permission/contender.ts";
import { floorContenders } from "../permission/floor-contenders.ts";
import { libraryContenders } from "../permission/library-contenders.ts";
import type { PolicyPlan, PolicyVariant } from "../policy/policy-plan.ts";
import { policyText } from "../policy/policy-text.ts";

/** Something that is made of a policy and then kept. */
export interface Subject {
  readonly name: string;
  readonly variant: PolicyVariant;
  /** The largest policy that it is made of, in rules. Default: any. */
  readonly largest?: number;
  /** Makes ready what takes no part in the time, such as the text of the file. It counts as kept if it is held on to. */
  readonly prepare: (plan: PolicyPlan) => () => unknown;
}

/** The subjects that the goals are about. */
export const ownPolicy = "Ambit, parsePolicy";
export const plainData = "yaml.parse, plain data";
export const documentTree = "yaml.parseDocument";

/** All whose memory is measured. */
export const subjects: readonly Subject[] = [
  ...floorContenders.map(fromContender),
  // Made from JSON, so that each text is its own and none is a piece of the file's.
  fromText(plainData, (text) => JSON.parse(JSON.stringify(parse(text)))),
  fromText(documentTree, (text) => parseDocument(text, { lineCounter: new LineCounter() })),
  fromText(ownPolicy, (text) => parsePolicy(text)),
  ...libraryContenders.filter(({ name }) => name.startsWith("@casl")).map(fromContender),
  ...casbinContenders.filter(({ name }) => name.endsWith("enforceSync")).map(fromContender),
];

function fromText(name: string, make: (text: string) => unknown): Subject {
  return {
    name,
    variant: "full",
    prepare(plan) {
      const text = policyText(plan);
      return () => make(text);
    },
  };
}

function fromContender({ name, variant, largest = Infinity, build }: PermissionContender): Subject {
  return { name, variant, largest, prepare: (plan) => () => build(plan) };
}
