import type { Authorizer, AuthorizerOptions } from "./authorizer.ts";
import { PolicyAuthorizer } from "./policy-authorizer.ts";

/** Makes the decision point of a process. Throws a `RangeError` where a setting is not usable. */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  for (const name of ["deadline", "lease", "maximumOpenPermits"] as const) {
    const value = options[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      throw new RangeError(`${name} must be a positive integer, not ${String(value)}`);
    }
  }
  return new PolicyAuthorizer(options);
}
