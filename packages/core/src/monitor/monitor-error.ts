/** Something about monitor mode that somebody has to look at. No call was stopped for it. */
export class MonitorError extends Error {
  override readonly name = "MonitorError";
  /**
   * `unrecorded`: what was let through, or how it ended, is not in the audit log. `unknown_rules`: rules that are to be
   * enforced are not in the policy, so that nothing is enforced in their name.
   */
  readonly code: "unrecorded" | "unknown_rules";
  /** Of the decision, where it is about one. */
  readonly evaluationId: string | undefined;

  constructor(code: MonitorError["code"], message: string, more: { evaluationId?: string; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.code = code;
    this.evaluationId = more.evaluationId;
  }
}
