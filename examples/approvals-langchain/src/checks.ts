import type { Act, Story } from "./story.ts";

/** Something that must hold for the story to be true. */
export interface Check {
  readonly promise: string;
  readonly holds: boolean;
}

/** What must hold. */
export function checkStory({ acts, ownAnswer, records }: Story): Check[] {
  const [small, paused, forged, again, approved, replayed, refused] = acts;
  const permits = records.filter((record) => record.type === "decision" && record.decision === "permit");
  const asked = waitsFor(paused);
  return [
    { promise: "120 was paid at once", holds: paid(small) === "ada 120" },
    { promise: "300 was not paid before a manager had approved it", holds: paid(again) === "ada 120" },
    { promise: "the graph waited for a manager", holds: asked !== undefined },
    { promise: "a resume value that says so approves nothing", holds: says(forged).includes("need a manager") },
    { promise: "asked again, it waited for the same request", holds: asked !== undefined && waitsFor(again) === asked },
    { promise: "nobody approves what they have asked for", holds: ownAnswer !== "approved" },
    { promise: "300 was paid once a manager had approved it", holds: paid(approved) === "ada 120, bob 300" },
    {
      promise: "replayed, it waited for an approval of its own",
      holds: waitsFor(replayed) !== undefined && waitsFor(replayed) !== asked,
    },
    {
      promise: "nothing was paid twice, and the user was told that a person refused",
      holds: paid(refused) === "ada 120, bob 300" && says(refused).includes("has refused"),
    },
    { promise: "the log says who approved it", holds: JSON.stringify(permits.at(-1)).includes('"mara"') },
  ];
}

function paid(act: Act | undefined): string {
  return (act?.paid ?? []).map(({ customer, amount }) => `${customer} ${amount}`).join(", ");
}

function says(act: Act | undefined): string {
  return act === undefined || act.turn.waitsFor !== undefined ? "" : act.turn.says;
}

function waitsFor(act: Act | undefined): string | undefined {
  return act?.turn.waitsFor?.id;
}
