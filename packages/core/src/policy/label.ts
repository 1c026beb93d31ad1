/** Whether a text can be the name of a label. */
export function isLabel(text: string): boolean {
  return /^[A-Za-z0-9_.-]{1,64}$/.test(text);
}
