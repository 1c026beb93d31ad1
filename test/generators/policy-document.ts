/** What a term may be: JSON, or a moment. */
export type Value = null | boolean | number | string | Date | readonly Value[] | { readonly [name: string]: Value };

/** Something that has a value, or none that is known. */
export type Term =
  | { readonly kind: "literal"; readonly value: null | boolean | number | string | readonly (number | string)[] }
  | { readonly kind: "moment"; readonly text: string }
  | { readonly kind: "attribute"; readonly path: readonly string[] }
  | { readonly kind: "size"; readonly of: Term };

/** A condition of a rule, as a tree. */
export type Condition =
  | { readonly kind: "holds"; readonly term: Term }
  | Between
  | { readonly kind: "has"; readonly path: readonly string[] }
  | { readonly kind: "&&" | "||"; readonly left: Condition; readonly right: Condition }
  | { readonly kind: "!"; readonly condition: Condition }
  | { readonly kind: Quantifier; readonly variable: string; readonly list: Term; readonly body: Condition };

/** Two terms and what is asked of them. */
export interface Between {
  readonly kind: Comparison;
  readonly left: Term;
  readonly right: Term;
}

/** The operators between two terms. */
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "startsWith" | "endsWith";

/** The operators over a list. */
export type Quantifier = "all" | "exists";

/** The JSON Schemas that are generated. */
export type ArgumentSchema =
  | { readonly type: "boolean" }
  | { readonly type: "number"; readonly minimum: number; readonly maximum: number }
  | { readonly type: "string"; readonly maxLength: number }
  | { readonly type: "array"; readonly items: ArgumentSchema }
  | {
      readonly type: "object";
      readonly properties: { readonly [name: string]: ArgumentSchema };
      readonly required: readonly string[];
    };

/** A duty. */
export interface Obligation {
  readonly id: string;
  readonly type: string;
}

/** An entry of `allow` or `deny`. */
export interface Entry {
  readonly scope: string;
  readonly when?: Condition | undefined;
  readonly message?: string | undefined;
  readonly hint?: string | undefined;
  readonly approval?: boolean | undefined;
  readonly obligations?: readonly Obligation[] | undefined;
  readonly fail?: "open" | "closed" | undefined;
}

/** What a holder is allowed and denied. */
export interface Entries {
  readonly allow?: readonly (string | Entry)[] | undefined;
  readonly deny?: readonly (string | Entry)[] | undefined;
}

/** What a policy file says of one tool. */
export interface Tool {
  readonly scope:
    | string
    | readonly (string | { readonly when?: Condition | undefined; readonly use: string | readonly string[] })[];
  readonly arguments?: readonly string[] | ArgumentSchema | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly cost?: number | { readonly factor: number; readonly of: Term } | undefined;
}

/** A policy file as plain data, with conditions as trees. */
export interface PolicyDocument {
  readonly tenant?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly tools?: { readonly [name: string]: Tool } | undefined;
  readonly policies?: readonly (Entries & { readonly role: string })[] | undefined;
  readonly agents?: readonly (Entries & ({ readonly agent: string } | { readonly tier: string }))[] | undefined;
  readonly users?: readonly (Entries & { readonly user: string; readonly issuer?: string | undefined })[] | undefined;
  readonly alternatives?: boolean | undefined;
}

/** A call, and who makes it. */
export interface Request {
  readonly tool: string;
  readonly arguments: { readonly [name: string]: Value };
  readonly subject: {
    readonly id: string;
    readonly issuer?: string;
    readonly tenant?: string;
    readonly roles: readonly string[];
    readonly scopes: readonly string[];
  };
  readonly actor: { readonly id: string; readonly tier?: string };
  readonly session: string;
  readonly grant?: readonly string[];
  readonly now: number;
}
