import { randomUUID } from "node:crypto";
import { link, rename, unlink, writeFile } from "node:fs/promises";

/** Whether a file that is there already is replaced or kept. */
export type Existing = "replace" | "keep";

/**
 * Writes a file whole or not at all: readers never see a part of it. Rejects where a file is to be kept and there is
 * one, also one that appeared only now.
 */
export async function writeFileAtomically(path: string, text: string, existing: Existing): Promise<void> {
  const beside = `${path}.${randomUUID()}.part`;
  await writeFile(beside, text, { flag: "wx" });
  try {
    if (existing === "replace") return await rename(beside, path);
    // INVARIANT: a link is made only where no file is, in one step; a look first would leave a gap.
    await link(beside, path);
    await unlink(beside);
  } catch (error) {
    await unlink(beside).catch(() => {});
    throw error;
  }
}
