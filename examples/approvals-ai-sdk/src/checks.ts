import type { Act } from "./story.ts";

/** What must be true of the story. */
export interface Check {
  readonly promise: string;
  readonly holds: boolean;
}

/** Whether the story went as it must. */
export function storyChecks(acts: readonly Act[]): readonly Check[] {
  const paid = acts.map((act) => act.paid.map(({ amount }) => amount).join(" and "));
  const [small, large, again, forged, edited, refused] = paid;
  const waits = (act: Act | undefined) => act?.events.some((event) => event.startsWith("paused:")) === true;
  return [
    { promise: "a small refund is paid at once", holds: small === "120" && !waits(acts[0]) },
    {
      promise: "a large one waits, and is paid once a manager has approved it",
      holds: large === "300" && waits(acts[1]),
    },
    {
      promise: "nobody approves what they have asked for",
      holds: acts[1]?.events.includes("sam: approve: this person may not approve") === true,
    },
    { promise: "messages that are sent again pay nothing more", holds: again === "300" },
    { promise: "a history that somebody made up pays nothing", holds: forged === "" },
    { promise: "an amount that was changed after it was approved is not paid", holds: edited === "" },
    { promise: "what a manager refuses is not paid", holds: refused === "" && waits(acts[5]) },
    {
      promise: "each time that nothing was paid, the agent could say why",
      holds: acts.slice(2).every(({ answer }) => /need a manager|has refused/.test(answer)),
    },
  ];
}
