import { hash } from "node:crypto";

/** How many there are; `exact: false`: at least so many. */
export interface DistinctCount {
  readonly count: number;
  readonly exact: boolean;
}

/** How many entries all counts of one report may remember together: some 50 MB. */
export const distinctLimit = 500_000;

/** How much room is left. Shared by the counts of one report. */
export interface Room {
  left: number;
}

/** Counts distinct sessions, exactly as long as there is room to remember them. */
export class DistinctSessions {
  readonly #room: Room;
  readonly #seen = new Set<string>();
  #exact = true;

  constructor(room: Room) {
    this.#room = room;
  }

  get count(): DistinctCount {
    return { count: this.#seen.size, exact: this.#exact };
  }

  /** `key`: as {@link sessionKey} gives it. */
  add(key: string): void {
    if (this.#seen.has(key)) return;
    if (this.#room.left === 0) {
      this.#exact = false;
      return;
    }
    this.#room.left -= 1;
    this.#seen.add(key);
  }
}

/** Names a session in a few characters, whatever it is called. */
export function sessionKey(members: readonly (string | null)[]): string {
  return hash("sha256", JSON.stringify(members), "base64url").slice(0, 20);
}
