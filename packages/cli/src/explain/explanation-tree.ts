import type { CallExplanation, ChoiceFinding, RuleFinding, ScopeExplanation } from "@ambit/core";
import { safe, styled } from "../print.ts";
import type { Branch } from "../print-tree.ts";
import { describeChange } from "./describe-change.ts";

/** What an explanation says, below its first line. `file` is the policy's name, as it was given. */
export function explanationTree(explanation: CallExplanation, file: string): readonly Branch[] {
  const place = (line: number) => `  (${safe(file)}:${line})`;
  const { cost, costBy, scopes, labels, obligations, degraded, budgets, changes } = explanation;
  const sentences = new Set(changes.map((change) => describeChange(change, place)));
  return [
    ...requirement(explanation, place),
    ...(cost === undefined ? [] : [{ text: `costs ${cost}` }]),
    ...(costBy === undefined ? [] : [{ text: `costs what the application computes by ${safe(costBy)}` }]),
    ...(labels.length === 0 ? [] : [{ text: `leaves the labels ${labels.map(safe).join(", ")}` }]),
    ...scopes.map((scope) => scopeBranch(scope, place)),
    ...(obligations.length === 0
      ? []
      : [
          branch(
            "comes with duties",
            obligations.map(({ id, type }) => `${safe(id)}, of the type ${safe(type)}`),
          ),
        ]),
    ...(degraded.length === 0 ? [] : [branch("passed over, for they could not be evaluated", degraded.map(safe))]),
    ...(sentences.size === 0 ? [] : [branch("to be permitted", [...sentences])]),
    ...(budgets.length === 0
      ? []
      : [
          branch(
            "budgets that would be asked",
            budgets.map(({ id, limit }) => `${safe(id)}: ${cost ?? "what it costs"} of at most ${limit}`),
          ),
        ]),
    ...alternativesBranch(explanation),
  ];
}

type Place = (line: number) => string;

function requirement({ choices, choice, scopes }: CallExplanation, place: Place): readonly Branch[] {
  const chosen = choice === undefined ? undefined : choices[choice];
  if (chosen === undefined && choices.length === 0) {
    return scopes.length === 0 ? [] : [{ text: `requires ${scopes.map(({ scope }) => scope).join(", ")}` }];
  }
  const conditional = choices.some(({ condition }) => condition !== undefined);
  const below = conditional ? choices.map((entry, index) => choiceBranch(entry, index, place)) : [];
  if (chosen === undefined) return [{ text: "what it requires cannot be said", below }];
  const entry = conditional ? `, by entry ${(choice ?? 0) + 1} of its scope` : "";
  return [{ text: `requires ${chosen.scopes.join(", ")}${entry}${place(chosen.line)}`, below }];
}

function choiceBranch({ condition, answer, scopes, line }: ChoiceFinding, index: number, place: Place): Branch {
  const when = condition === undefined ? "otherwise" : `when ${safe(condition)}`;
  const result = answer === undefined ? "not asked" : `${answer}`;
  return { text: `${mark(answer === true)} ${index + 1}: ${scopes.join(", ")} ${when}: ${result}${place(line)}` };
}

function scopeBranch({ scope, grants, ceilings, held, given }: ScopeExplanation, place: Place): Branch {
  const none = "no rule of the user or the user's roles covers it";
  return branch(scope, [
    ...(grants.length === 0 ? [`${mark(false)} ${none}`] : grants.map((rule) => ruleText(rule, place))),
    ...(ceilings === undefined ? [`${mark(false)} the policy has ceilings, and none for this agent`] : []),
    ...(ceilings ?? []).flatMap((rules) =>
      rules.length === 0 ? [`${mark(false)} beyond this agent's ceiling`] : rules.map((rule) => ruleText(rule, place)),
    ),
    `${mark(held)} the user's own scopes ${held ? "hold" : "do not hold"} it`,
    ...(given ? [] : [`${mark(false)} this task was not given it`]),
  ]);
}

function ruleText({ rule, effect, line, condition, answer }: RuleFinding, place: Place): string {
  const when = condition === undefined ? "" : `  when ${safe(condition)}: ${answer}`;
  // An unknown deny counts against the call; an unknown allow does not count for it.
  const favours = effect === "allow" ? answer === true : answer === false;
  return `${mark(favours)} ${safe(rule)}${when}${line === undefined ? "" : place(line)}`;
}

function alternativesBranch({ alternatives }: CallExplanation): readonly Branch[] {
  if (alternatives === undefined) return [];
  return [
    branch("instead", [
      ...alternatives.scopes.map((scope) => `allowed: ${scope}`),
      ...alternatives.roles.map((role) => `may do it: role:${safe(role)}`),
    ]),
  ];
}

function branch(text: string, below: readonly string[]): Branch {
  return { text, below: below.map((line) => ({ text: line })) };
}

function mark(favours: boolean): string {
  return favours ? styled("green", "+") : styled("red", "-");
}
