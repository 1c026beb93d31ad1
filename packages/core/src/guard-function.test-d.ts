import type { Authorizer, CallContext } from "./index.ts";

declare const authorizer: Authorizer;
declare const context: CallContext;
const options = { tool: "pay", context };

type Equal<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
function proves<Claim extends true>(): Claim | undefined {
  return undefined;
}

interface Payment {
  readonly to: string;
  readonly amount: number;
}

// An asynchronous function has exactly the type that it had.
const pay = async ({ to, amount }: Payment) => ({ receipt: `${to} ${amount}` });
const guarded = authorizer.guard(pay, options);
proves<Equal<typeof guarded, typeof pay>>();
void guarded({ to: "u2", amount: 1 }).then(({ receipt }) => receipt);
// @ts-expect-error the amount is a number
void guarded({ to: "u2", amount: "1" });

// One that is not becomes so.
const count = authorizer.guard(({ to }: Payment) => to.length, options);
proves<Equal<typeof count, (input: Payment) => Promise<number>>>();

// What need not be given need not be given.
const nothing = authorizer.guard(async () => 1, options);
proves<Equal<typeof nothing, () => Promise<number>>>();
export const later = authorizer.guard(async (_input?: Payment) => 1, { tool: "a", context: async () => undefined })();

// Several parameters are taken out of one object, so that there are names to judge.
const transfer = async (to: string, amount: number) => `${to} ${amount}`;
// @ts-expect-error its parameters have no names
authorizer.guard(transfer, options);
// @ts-expect-error the second parameter would not be judged
authorizer.guard(async (_input: Payment, _more?: string) => 1, options);
// @ts-expect-error a text has no members
authorizer.guard(async (_input: string) => 1, options);
export const named = authorizer.guard(({ to, amount }: Payment) => transfer(to, amount), options);

// @ts-expect-error the context is told nothing of the call
authorizer.guard(pay, { tool: "pay", context: (input: Payment) => ({ ...context, session: input.to }) });
// @ts-expect-error without a context nobody is known
authorizer.guard(pay, { tool: "pay" });
