/**
 * What the generators make of the language. Where one is `false`, the decision point does not keep to the language yet:
 * `known-differences.test.ts` shows how, and goes red when it does.
 */
export const features = {
  /** Allows that ask for approval or carry duties, with conditions that may be unknown. */
  unknownDemands: false,
  /** Several entries for one user, with and without an issuer. */
  severalUserEntries: false,
  /** `fail: open` in holders that allow nothing of the scope. */
  lonelyFailOpen: false,
  /** Tools whose names begin with `tool:`, where the policy lists none. */
  prefixedNames: false,
  /** The places of errors of syntax. */
  syntaxPlaces: false,
} as const;
