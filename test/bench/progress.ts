/** Says on standard error what is being done, so that standard output holds figures only. */
export function tellProgress(text: string): void {
  process.stderr.write(`… ${text}\n`);
}
