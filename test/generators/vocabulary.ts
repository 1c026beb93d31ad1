/** The names that policies and requests of one generator share, so that they meet. */
export interface Vocabulary {
  /** Literal scopes, for `tools`. */
  readonly scopes: readonly string[];
  /** Scopes and patterns, for grants and credentials. */
  readonly patterns: readonly string[];
  readonly roles: readonly string[];
  readonly users: readonly string[];
  readonly issuers: readonly string[];
  readonly tenants: readonly string[];
  readonly agents: readonly string[];
  /** Tools that a policy may list. */
  readonly tools: readonly string[];
  /** Tools that are called, besides. */
  readonly calls: readonly string[];
  /** Scopes and patterns that a request may bring besides, readable or not. */
  readonly brought: readonly string[];
}

/** Texts for arguments and what they are compared with: empty, accented, beyond the basic plane. */
export const words = ["a", "b", "ab", "rep", "bot", "", "é", "\u{1F600}", "\uFF41"];

const scopes = ["tool:crm:read", "tool:crm:write", "tool:mail:send:internal", "tool:mail:send:external"];

/** Few names, all of them ordinary. */
export const plainVocabulary: Vocabulary = {
  scopes,
  patterns: [...scopes, "tool:crm:*", "tool:mail:**", "tool:*:read", "tool:*:*", "tool:**"],
  roles: ["rep", "manager", "guest"],
  users: ["u1", "u2"],
  issuers: ["idp", "other"],
  tenants: ["acme"],
  agents: ["bot", "planner"],
  tools: ["crm:read", "crm:write", "mail:send:internal", "mail:send:external"],
  calls: [],
  brought: [],
};

const inherited = ["constructor", "__proto__", "toString", "hasOwnProperty", "prototype", "valueOf"];
const strangeScopes = [
  ...inherited,
  "tool",
  "tool:crm",
  ...inherited.map((name) => `tool:${name}`),
  `${"a:".repeat(15)}a`,
];

/** Names that programs trip over: inherited ones, look-alikes, the empty one, overlong ones, stars in requests. */
export const hostileVocabulary: Vocabulary = {
  scopes: [...scopes, ...strangeScopes],
  patterns: [
    ...plainVocabulary.patterns,
    ...strangeScopes,
    "**",
    "*",
    "*:*",
    "*:**",
    "tool:*",
    "*:constructor",
    "__proto__:**",
  ],
  roles: ["rep", "REP", "r\u0435p", "rep ", "*", "role:rep", ...inherited],
  users: ["u1", "U1", "u\u2081", ...inherited],
  issuers: ["idp", ...inherited],
  tenants: ["acme", "Acme", ...inherited],
  agents: ["bot", "b\u043Et", "tier:background", ...inherited],
  tools: ["crm:read", "CRM:read", "crm", ...inherited.filter((name) => name !== "__proto__")],
  calls: [
    "__proto__",
    "tool:crm:read",
    "tool:tool",
    "crm:re\u0430d",
    "",
    " crm:read",
    "crm:*",
    "**",
    "crm::read",
    ":",
    "crm:read\n",
    "x".repeat(129),
    "a:".repeat(20),
    "crm/read",
  ],
  brought: [
    "",
    ":",
    "tool:",
    "tool:**:read",
    "tool:cr*",
    "tool:\u0441rm:read",
    `${"a:".repeat(16)}a`,
    "***",
    "tool:crm:read tool:crm:write",
  ],
};
