/** A settlement that could not be taken. */
export class SettleError extends Error {
  override readonly name = "SettleError";
  readonly code: "unknown_evaluation" | "already_settled" | "invalid_cost" | "invalid_labels";

  constructor(code: SettleError["code"], message: string) {
    super(message);
    this.code = code;
  }
}
