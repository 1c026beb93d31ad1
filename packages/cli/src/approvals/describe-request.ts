import type { ApprovalRequest } from "@ambit/core";
import { visibleJson } from "../visible-json.ts";

/** One thing that is shown of a request, in one or more lines. */
export interface Detail {
  readonly label: string;
  readonly lines: readonly string[];
}

/**
 * Everything that a request says, with what would run at its end. `now`: epoch milliseconds.
 *
 * INVARIANT (A7): each fact is whole, and every text of others is JSON in which nothing is hidden, so that no text can look
 * like another one or like a line of this description.
 */
export function describeRequest(request: ApprovalRequest, now: number): readonly Detail[] {
  const { id, tenant, issuer, user, scopes, cost, rule, message, policy, digest, requestedAt, expiresAt } = request;
  return [
    detail("request", id),
    detail("status", statusText(request, now)),
    ...answerDetails(request),
    detail("requested", momentText(requestedAt)),
    detail("expires", momentText(expiresAt)),
    detail("rule", visibleJson(rule)),
    detail("message", visibleJson(message)),
    detail("policy", visibleJson(policy)),
    detail("digest", visibleJson(digest)),
    detail("tenant", visibleJson(tenant)),
    detail("user", personText(user, issuer)),
    detail("agent", agentText(request)),
    detail("session", visibleJson(request.session)),
    detail("scopes", scopes.map((scope) => visibleJson(scope)).join(", ")),
    detail("cost", visibleJson(cost)),
    detail("tool", visibleJson(request.tool)),
    { label: "arguments", lines: visibleJson(request.arguments, 2).split("\n") },
  ];
}

/** How long something still stands, such as `9m 41s`. Milliseconds. */
export function remainingText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  if (hours > 0) return `${hours}h ${minutes}m`;
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`;
}

/** A person of an issuer, in words. */
export function personText(id: string, issuer: string): string {
  return `${visibleJson(id)}${issuer === "" ? "" : ` of issuer ${visibleJson(issuer)}`}`;
}

function answerDetails({ answeredAt, approver, comment }: ApprovalRequest): readonly Detail[] {
  if (answeredAt === undefined || approver === undefined) return [];
  const roles = approver.roles.map((role) => visibleJson(role)).join(", ");
  const who = `${personText(approver.id, approver.issuer)} in tenant ${visibleJson(approver.tenant)}, roles ${roles}`;
  return [
    detail("answered", `${momentText(answeredAt)} by ${who}`),
    ...(comment === undefined ? [] : [detail("comment", visibleJson(comment))]),
  ];
}

function agentText({ actor, tier, chain }: ApprovalRequest): string {
  const kind = tier === undefined ? "" : `, ${tier}`;
  const from = chain.map((agent) => `, for ${visibleJson(agent)}`);
  return `${visibleJson(actor)}${kind}${from.join("")}`;
}

function statusText({ status, expiresAt }: ApprovalRequest, now: number): string {
  switch (status) {
    case "pending":
      return `pending: can be answered for ${remainingText(expiresAt - now)}`;
    case "approved":
      return `approved: the call can be made for ${remainingText(expiresAt - now)}`;
    case "denied":
      return "denied";
    case "spent":
      return "spent: its call was let through";
    case "expired":
      return "expired";
  }
}

function momentText(moment: number): string {
  return new Date(moment).toISOString();
}

function detail(label: string, line: string): Detail {
  return { label, lines: [line] };
}
