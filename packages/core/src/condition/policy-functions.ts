import { emailDomain } from "./email-domain.ts";
import { spend, spendOnCharacters } from "./frame.ts";
import type { FunctionBody, FunctionRule, LiteralOperand } from "./function-rule.ts";
import { matchGlob, parseGlob } from "./glob.ts";
import { isInRange, parseIpAddress, parseIpRange } from "./ip-address.ts";
import { liesBelow, normalizePath } from "./path-inside.ts";
import { type Kind, typeOf } from "./static-type.ts";
import { urlHost } from "./url-host.ts";
import type { Outcome, Value } from "./value.ts";

const text: readonly Kind[] = ["string"];
const aTruth = typeOf("bool");
const aText = typeOf("string");

/** Functions of our own, for what policies ask of arguments and what comparing text gets wrong. */
export const policyFunctions: ReadonlyMap<string, FunctionRule> = new Map<string, FunctionRule>([
  ["emailDomain", { form: "function", parameters: [text], result: aText, body: onText(emailDomain) }],
  ["urlHost", { form: "function", parameters: [text], result: aText, body: onText(urlHost) }],
  [
    "pathInside",
    preparedRule({
      operand: 1,
      wanted: 'an absolute directory such as "/srv/data"',
      parse: normalizePath,
      match: (directory, path) => apply(normalizePath(path), (inner) => liesBelow(inner, directory)),
    }),
  ],
  [
    "ipInRange",
    preparedRule({
      operand: 1,
      wanted: 'a range such as "10.0.0.0/8", with no bits set behind its prefix',
      parse: parseIpRange,
      match: (range, address) => apply(parseIpAddress(address), (parsed) => isInRange(parsed, range)),
    }),
  ],
  [
    "glob",
    preparedRule({
      operand: 0,
      wanted: "a pattern of at most 128 characters with no wildcards other than `*`, `**` and `?`",
      parse: parseGlob,
      match: matchGlob,
      cost: (pattern, subject) => (pattern.codes.length * subject.length) >> 9,
    }),
  ],
]);

/** A question about a text and something parsed from another text, which mostly is a literal of the policy. */
interface PreparedQuestion<Parsed> {
  /** Which of the two operands is parsed. */
  readonly operand: 0 | 1;
  readonly wanted: string;
  readonly parse: (text: string) => Parsed | undefined;
  readonly match: (parsed: Parsed, text: string) => boolean | undefined;
  /** The steps that a match takes. Default: what going through the text once does. */
  readonly cost?: (parsed: Parsed, text: string) => number;
}

/** The longest text that any of these functions reads; longer ones are unknown without being read. */
const longestText = 4096;

function preparedRule<Parsed>(question: PreparedQuestion<Parsed>): FunctionRule {
  const { operand, wanted } = question;
  const answer = (parsed: Parsed | undefined): FunctionBody => {
    return (frame, first, second) => {
      const subject = operand === 0 ? second : first;
      if (parsed === undefined || typeof subject !== "string") return undefined;
      const read = subject.slice(0, longestText);
      if (!spend(frame, question.cost?.(parsed, read) ?? read.length >> 4)) return undefined;
      return question.match(parsed, subject);
    };
  };
  const parse = (value: Outcome) => (typeof value === "string" ? question.parse(value) : undefined);
  const literal: LiteralOperand = {
    operand,
    presence: "optional",
    wanted,
    prepare(value: Value) {
      const parsed = parse(value);
      return parsed === undefined ? undefined : answer(parsed);
    },
  };
  const body: FunctionBody = (frame, first, second, third) =>
    answer(parse(operand === 0 ? first : second))(frame, first, second, third);
  return { form: "function", parameters: [text, text], result: aTruth, body, literal };
}

function onText(body: (value: string) => string | undefined): FunctionBody {
  return (frame, value) =>
    typeof value === "string" && spendOnCharacters(frame, value.length) ? body(value) : undefined;
}

function apply<Given, Result>(given: Given | undefined, body: (given: Given) => Result): Result | undefined {
  return given === undefined ? undefined : body(given);
}
