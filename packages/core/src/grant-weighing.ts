import { type Ruling, type ScopeRule, unknownRuling } from "./policy/scope-rule.ts";

/**
 * Weighs what the user's own entry and the user's roles say of one scope. The own entry is given first, then the roles in
 * the user's order.
 *
 * An own allow decides. Otherwise the first role does that allows without approval, or else the first that allows.
 */
export class GrantWeighing {
  #deny: Ruling | undefined;
  #unknown: Ruling | undefined;
  #own: Ruling | undefined;
  #plain: Ruling | undefined;
  #granted: Ruling | undefined;
  #unmet: Ruling | undefined;
  /** Whether a role allows without approval, whatever is in doubt. */
  #certain = false;
  /** A rule that would decide, and with duties, if it held. */
  #doubt: ScopeRule | undefined;
  /** A rule that would decide, and ask for approval, if it held and no role allowed without. */
  #doubtfulApproval: ScopeRule | undefined;

  addOwn(ruling: Ruling | undefined): void {
    if (ruling === undefined) return;
    this.#addAny(ruling);
    this.#doubt ??= ruling.doubts.approval ?? ruling.doubts.duty;
    if (ruling.effect === "allow") this.#own = ruling;
  }

  addRole(ruling: Ruling | undefined): void {
    if (ruling === undefined) return;
    this.#addAny(ruling);
    if (this.#own !== undefined) return;
    const { approval, duty } = ruling.doubts;
    if (!this.#certain) this.#doubt ??= duty;
    if (this.#granted === undefined) this.#doubtfulApproval ??= approval;
    if (ruling.effect !== "allow") return;
    this.#granted ??= ruling;
    if (ruling.approval) return;
    this.#plain ??= ruling;
    if (approval === undefined) this.#certain = true;
  }

  /** INVARIANT (D2, D3): a deny wins over all allows, then what is unknown and could deny or demand. */
  ruling(): Ruling | undefined {
    const denied = this.#deny ?? this.#unknown;
    if (denied !== undefined) return denied;
    const doubt = this.#doubt ?? (this.#certain ? undefined : this.#doubtfulApproval);
    if (doubt !== undefined) return unknownRuling(doubt);
    return this.#own ?? this.#plain ?? this.#granted ?? this.#unmet;
  }

  #addAny(ruling: Ruling): void {
    if (ruling.effect === "deny") this.#deny ??= ruling;
    if (ruling.effect === "unknown") this.#unknown ??= ruling;
    if (ruling.effect === "unmet") this.#unmet ??= ruling;
  }
}
