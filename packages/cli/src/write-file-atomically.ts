import { randomUUID } from "node:crypto";
import { chmod, chown, link, rename, stat, unlink, writeFile } from "node:fs/promises";

/** Whether a file that is there already is replaced or kept. */
export type Existing = "replace" | "keep";

/**
 * Writes a file whole or not at all: readers never see a part of it. One that replaces another can be read by whoever
 * could read that. Rejects where a file is to be kept and there is
 * one, also one that appeared only now.
 */
export async function writeFileAtomically(path: string, text: string, existing: Existing): Promise<void> {
  const beside = `${path}.${randomUUID()}.part`;
  await writeFile(beside, text, { flag: "wx", flush: true });
  try {
    if (existing === "replace") {
      await copyAccess(path, beside);
      return await rename(beside, path);
    }
    // INVARIANT: a link is made only where no file is, in one step; a look first would leave a gap.
    await link(beside, path);
    await unlink(beside);
  } catch (error) {
    await unlink(beside).catch(() => {});
    throw error;
  }
}

async function copyAccess(from: string, to: string): Promise<void> {
  const replaced = await stat(from).catch(() => undefined);
  if (replaced === undefined) return;
  await chmod(to, replaced.mode);
  const made = await stat(to);
  // Who may not give files away, writes one of their own: that is better than none.
  if (made.uid !== replaced.uid || made.gid !== replaced.gid)
    await chown(to, replaced.uid, replaced.gid).catch(() => {});
}
