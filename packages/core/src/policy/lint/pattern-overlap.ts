/** How many steps the look-ups of one set may take together. */
const maximumSteps = 2_000_000;

interface Branch {
  readonly branches: Map<string, Branch>;
  /** Whether a pattern ends here. */
  ends: boolean;
  /** Whether a pattern goes on with `**`. */
  open: boolean;
}

/**
 * Patterns of which it is asked whether some scope is covered both by one of them and by another pattern. After very many
 * steps the answer is yes without a look, so that what it is asked for stays unsaid.
 */
export class PatternOverlap {
  readonly #root: Branch = branch();
  #steps = 0;

  constructor(patterns: Iterable<string>) {
    for (const pattern of patterns) this.#add(pattern);
  }

  meets(pattern: string): boolean {
    return this.#meets(this.#root, pattern.split(":"), 0);
  }

  #add(pattern: string): void {
    let at = this.#root;
    for (const segment of pattern.split(":")) {
      if (segment === "**") {
        at.open = true;
        return;
      }
      const next = at.branches.get(segment) ?? branch();
      at.branches.set(segment, next);
      at = next;
    }
    at.ends = true;
  }

  #meets(at: Branch, segments: readonly string[], index: number): boolean {
    this.#steps += 1;
    if (this.#steps > maximumSteps) return true;
    const segment = segments[index];
    if (segment === undefined) return at.ends;
    if (at.open) return true;
    if (segment === "**") return at.branches.size > 0;
    if (segment === "*") {
      for (const next of at.branches.values()) if (this.#meets(next, segments, index + 1)) return true;
      return false;
    }
    return [at.branches.get(segment), at.branches.get("*")].some(
      (next) => next !== undefined && this.#meets(next, segments, index + 1),
    );
  }
}

/** Whether some scope is covered by both patterns. */
export function overlap(left: string, right: string): boolean {
  const [leftSegments, rightSegments] = [left.split(":"), right.split(":")];
  for (let index = 0; ; index += 1) {
    const [one, other] = [leftSegments[index], rightSegments[index]];
    if (one === undefined || other === undefined) return one === other;
    if (one === "**" || other === "**") return true;
    if (one !== other && one !== "*" && other !== "*") return false;
  }
}

function branch(): Branch {
  return { branches: new Map(), ends: false, open: false };
}
