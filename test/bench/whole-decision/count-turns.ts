/** How many turns of the microtask queue an answer takes, beyond those of an async function that does nothing. */
export async function countTurns(ask: () => Promise<unknown>): Promise<number> {
  return (await turnsOf(ask)) - (await turnsOf(async () => undefined));
}

async function turnsOf(ask: () => Promise<unknown>): Promise<number> {
  const asked = { answered: false };
  const answer = ask().then(() => {
    asked.answered = true;
  });
  let turns = 0;
  for (; !asked.answered; turns += 1) await Promise.resolve();
  await answer;
  return turns;
}
