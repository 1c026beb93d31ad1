import type { ApprovalRequest, Approvals } from "@ambit/core";

/** How long the id of a request is. */
const idLength = 41;
/** The most requests that are listed. */
const most = 1_000;

/** Whether a text is shorter than an id, so that more than one request may have an id that begins with it. */
export function isAbbreviated(id: string): boolean {
  return id.length < idLength;
}

/**
 * The request with an id, or the only one whose id begins so. Rejects with an `Error` where several do, or there are more
 * than can be told apart.
 */
export async function findRequest(
  approvals: Approvals,
  id: string,
  tenant: string | undefined,
): Promise<ApprovalRequest | undefined> {
  if (!isAbbreviated(id)) return approvals.get(id, { tenant });
  const listed = await approvals.list({ tenant, limit: most });
  if (listed.length >= most) throw new Error("there are too many requests for a part of an id: give all of it");
  const begun = listed.filter((request) => request.id.startsWith(id));
  const [only] = begun;
  if (begun.length <= 1) return only;
  const ids = begun.slice(0, 5).map((request) => `\n  ${request.id}`);
  throw new Error(`"${id}" begins the ids of ${begun.length} requests: give more of it${ids.join("")}`);
}
