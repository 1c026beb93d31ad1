import type { AuditLog } from "../audit/audit-record.ts";
import { AuditClient } from "../audit-client.ts";
import type { Authorizer } from "../authorizer.ts";
import type { PolicyChoice } from "../policy-choice.ts";
import { EnforcedPart, type Enforcement } from "./enforced-part.ts";
import { MonitorLog } from "./monitor-log.ts";
import { MonitoringAuthorizer } from "./monitoring-authorizer.ts";

/** Settings of {@link monitorAuthorizer}. */
export interface MonitorOptions {
  /** The log in which the authorizer itself records, so that a report finds both what was decided and what ran. */
  readonly audit: AuditLog;
  /**
   * Told of what somebody has to look at, mostly with a `MonitorError`: something could not be recorded and ran all the
   * same, or a rule that is to be enforced is not in the policy.
   */
  readonly onFault: (fault: unknown) => void;
  /** What is enforced all the same. Default: nothing. */
  readonly enforce?: Enforcement | undefined;
  /** The policy of the authorizer, in which the rules of `enforce` are looked up; needed with them. */
  readonly policy?: PolicyChoice;
  /** Epoch milliseconds, of records. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** How long the audit log may take, in milliseconds, before the call goes on without it. Default: 2,000. */
  readonly deadline?: number | undefined;
}

/**
 * Monitor mode: the same authorizer, which decides and records everything and blocks nothing. A denied call runs with the
 * arguments that were judged, a result that should be withheld is released, and the decision that comes back is a permit
 * that says so in `monitored`. A denial takes nothing from the state, so that the next decision is that which
 * enforcing would have come to.
 *
 * Enforced all the same: calls that people have stopped, calls that were aborted, arguments that are not JSON, and
 * what `enforce` names. Throws a `RangeError` or `TypeError` where a setting is not usable, such as a rule that the policy
 * does not have.
 */
export function monitorAuthorizer(authorizer: Authorizer, options: MonitorOptions): Authorizer {
  const { audit, enforce = {}, policy, clock = Date.now, deadline = 2_000 } = options;
  // A monitor that records nothing, or says so to nobody, only lets calls through.
  if (typeof audit?.append !== "function") throw new TypeError("monitor mode needs an audit log");
  if (typeof options.onFault !== "function") throw new TypeError("monitor mode needs onFault");
  if (!(Number.isSafeInteger(deadline) && deadline > 0)) {
    throw new RangeError(`deadline must be a positive integer, not ${String(deadline)}`);
  }
  const onFault = (fault: unknown) => {
    try {
      options.onFault(fault);
    } catch {
      // INVARIANT (D6): who is told of a fault causes none.
    }
  };
  const enforced = new EnforcedPart(enforce, policy, onFault);
  const log = new MonitorLog({ audit: new AuditClient(audit, deadline), clock, onFault });
  return new MonitoringAuthorizer({ authorizer, enforced, log, onFault });
}
