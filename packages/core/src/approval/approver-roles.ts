import { isLater, type NowOrLater } from "../now-or-later.ts";
import { unavailable, withDeadline } from "../platform.ts";
import type { Subject } from "../tool-call.ts";
import type { Approver } from "./approval-request.ts";
import { readPerson } from "./person.ts";

/** Who a person is at this moment, for an approver of whom the application can say so; `undefined`: nobody any more. */
export type ApproverLookup = (person: Pick<Approver, "tenant" | "issuer" | "id">) => NowOrLater<Subject | undefined>;

/** Which roles people hold who have approved something. */
export class ApproverRoles {
  readonly #lookup: ApproverLookup | undefined;
  readonly #deadline: number;

  /** `lookup`: default: the roles that were verified with the answer. `deadline`: milliseconds. */
  constructor(lookup: ApproverLookup | undefined, deadline: number) {
    this.#lookup = lookup;
    this.#deadline = deadline;
  }

  /** The approver of this moment. `undefined`: there is none any more. Fails with an `UnavailableError`. */
  async current(answered: Approver): Promise<Approver | undefined> {
    if (this.#lookup === undefined) return answered;
    const { tenant, issuer, id } = answered;
    const found = await this.#find(this.#lookup, { tenant, issuer, id });
    const person = found === undefined ? undefined : readPerson(found);
    // INVARIANT (A3): roles of anybody else say nothing about this person.
    if (person?.tenant !== tenant || person.issuer !== issuer || person.id !== id) return undefined;
    return { tenant, issuer, id, roles: person.roles };
  }

  async #find(lookup: ApproverLookup, who: Parameters<ApproverLookup>[0]): Promise<Subject | undefined> {
    try {
      const found = lookup(who);
      return isLater(found) ? await withDeadline(found, this.#deadline, "the look-up of approvers") : found;
    } catch (error) {
      throw unavailable("the look-up of approvers", error);
    }
  }
}
