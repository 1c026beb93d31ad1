import type { PolicySize } from "../policy/policy-plan.ts";
import { divide, type Goal, ratioGoal } from "../section.ts";
import { bareName } from "./ambit-contenders.ts";
import { cedarName } from "./cedar-contenders.ts";
import { floorName } from "./floor-contenders.ts";
import { caslName } from "./library-contenders.ts";
import type { Figure } from "./time-contenders.ts";

/** What was measured of each contender at each size. */
export type Figures = ReadonlyMap<PolicySize, ReadonlyMap<string, Figure>>;

/** The three comparisons of the permission check. */
export interface Contests {
  readonly uniform: Figures;
  readonly hot: Figures;
  readonly exact: Figures;
}

/** Goals for what a check costs beside others. */
export function permissionGoals({ uniform, exact }: Contests): Goal[] {
  const seed = (name: string) => figureOf(uniform, "seed", name);
  return [
    ratioGoal("G3", "bare check ≤ 2× the Map+Set floor at the seed", {
      ratio: divide(seed(bareName), seed(floorName)),
      atMost: 2,
    }),
    ratioGoal("G3", `bare check ≤ 4× the floor up to 100k rules (worst of ${sizesOf(uniform)})`, {
      ratio: worst(uniform, (size) => divide(figureOf(uniform, size, bareName), figureOf(uniform, size, floorName))),
      atMost: 4,
    }),
    ratioGoal("G3", "bare check ≥ 400× faster than cedar-wasm at the seed", {
      ratio: divide(seed(cedarName), seed(bareName)),
      atLeast: 400,
    }),
    ratioGoal("G3", `bare check ≥ 1.4× faster than CASL on exact-only policies (worst of ${sizesOf(exact)})`, {
      ratio: divide(
        1,
        worst(exact, (size) => divide(figureOf(exact, size, bareName), figureOf(exact, size, caslName))),
      ),
      atLeast: 1.4,
    }),
    {
      id: "G3",
      words: "bare check ≥ 5× faster than GatewayStack at the seed, ≥ 1,000× at 10k rules",
      found: "GatewayStack is not in the npm registry",
      status: "not measured",
    },
  ];
}

/** Goals for how a check's cost grows with the policy. */
export function growthGoals({ uniform, hot }: Contests): Goal[] {
  return [growthGoal("at random", uniform), growthGoal("hot set", hot)];
}

function growthGoal(kind: string, figures: Figures): Goal {
  const bare = growth(figures, bareName);
  const floor = growth(figures, floorName);
  const grown = bare === undefined ? "" : ` (bare ${bare.toFixed(2)}×, floor ${floor?.toFixed(2)}×)`;
  const words = `bare check, ${kind}: growth from 10 to 100k rules ≤ 1.3 × the floor's own growth${grown}`;
  return ratioGoal("G4", words, { ratio: divide(bare, floor), atMost: 1.3 });
}

function growth(figures: Figures, name: string): number | undefined {
  return divide(figureOf(figures, 100_000, name), figureOf(figures, 10, name));
}

function figureOf(figures: Figures, size: PolicySize, name: string): number | undefined {
  const figure = figures.get(size)?.get(name);
  return typeof figure === "number" ? figure : undefined;
}

/** The largest of the ratios that there are. */
function worst(figures: Figures, ratio: (size: PolicySize) => number | undefined): number | undefined {
  const ratios = [...figures.keys()].map(ratio).filter((value) => value !== undefined);
  return ratios.length === 0 ? undefined : Math.max(...ratios);
}

function sizesOf(figures: Figures): string {
  return [...figures]
    .filter(([, found]) => typeof found.get(bareName) === "number")
    .map(([size]) => (size === "seed" ? size : size.toLocaleString("en")))
    .join(", ");
}
