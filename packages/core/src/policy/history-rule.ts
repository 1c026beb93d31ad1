/** To whom history belongs: what one session did, or all sessions of a user, of an agent, of a tenant. */
export type Owner = "user" | "agent" | "session" | "tenant";

/** What a call can be or have: a label that it attaches, or a scope that it requires, by pattern. */
export interface Trigger {
  readonly kind: "label" | "scope";
  /** The label's name, or the scope pattern. */
  readonly text: string;
}

/** What all rules over history have. `Condition`: how their conditions are kept. */
export interface HistoryRuleBase<Condition> {
  readonly id: string;
  readonly per: Owner;
  /** Milliseconds. `undefined`: as long as the state lives. */
  readonly within: number | undefined;
  /** The names on the way to the argument that must be equal in the calls that belong together; empty for none. */
  readonly same: readonly string[];
  /** The rule counts only for calls for which this holds, or cannot be evaluated. */
  readonly when: Condition | undefined;
  /** The text of `when`. */
  readonly condition: string | undefined;
  readonly message: string | undefined;
  readonly hint: string | undefined;
  /** Where it stands in the file, from 1. */
  readonly line: number;
}

/**
 * For what somebody may lift a rule for a while: calls whose argument is a certain value, by the names on the way to it,
 * or `[]`: all calls of a session.
 */
export type DeclassificationPath = readonly string[];

/** After these, in this order, the targets are denied, or need approval. */
export interface AfterRule<Condition> extends HistoryRuleBase<Condition> {
  readonly kind: "after";
  /** At least one. */
  readonly after: readonly Trigger[];
  readonly targets: readonly Trigger[];
  readonly effect: "deny" | "approval";
  /** `undefined`: nobody lifts it. */
  readonly declassify: DeclassificationPath | undefined;
}

/** All of these together, in whichever order, are denied, or need approval: the one that would complete them is. */
export interface TogetherRule<Condition> extends HistoryRuleBase<Condition> {
  readonly kind: "together";
  /** At least two. */
  readonly members: readonly Trigger[];
  readonly effect: "deny" | "approval";
  /** `undefined`: nobody lifts it. */
  readonly declassify: DeclassificationPath | undefined;
}

/** The target is allowed only after a call of what is required has succeeded. */
export interface BeforeRule<Condition> extends HistoryRuleBase<Condition> {
  readonly kind: "before";
  readonly target: Trigger;
  readonly required: Trigger;
}

/** A rule over what was done before. */
export type HistoryRule<Condition> = AfterRule<Condition> | TogetherRule<Condition> | BeforeRule<Condition>;
