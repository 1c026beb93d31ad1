import { generatedSizes, type PolicySize, type PolicyVariant } from "../policy/policy-plan.ts";
import { readableComparison, readableCount } from "../readable.ts";
import type { Effort, Report, Section, Table } from "../section.ts";
import { ambitContenders } from "./ambit-contenders.ts";
import { casbinContenders } from "./casbin-contenders.ts";
import { cedarContenders } from "./cedar-contenders.ts";
import type { PermissionContender } from "./contender.ts";
import { floorContenders, floorName } from "./floor-contenders.ts";
import { governanceContenders } from "./governance-contenders.ts";
import { caslName, libraryContenders } from "./library-contenders.ts";
import { type Contests, type Figures, growthGoals, permissionGoals } from "./permission-goals.ts";
import { type Contest, type Figure, timeContenders } from "./time-contenders.ts";

/** What one permission check costs, for policies from nine rules to 100,000, beside everybody else's. */
export const permissionSection: Section = { name: "permission", run: benchPermission };

const own = [...floorContenders, ...ambitContenders];
const all: readonly PermissionContender[] = [
  ...own,
  ...cedarContenders,
  ...casbinContenders,
  ...libraryContenders,
  ...governanceContenders,
];
const exact = [...own, ...libraryContenders.filter(({ name }) => name === caslName)];

async function benchPermission(effort: Effort): Promise<Report> {
  const sizes: PolicySize[] = ["seed", ...[...generatedSizes.keys()].filter((size) => size <= effort.largest)];
  const contests: Contests = {
    uniform: await contend(all, { sizes, queries: 4_096 }, effort),
    hot: await contend(own, { sizes: sizes.slice(1), queries: 256 }, effort),
    exact: await contend(exact, { sizes, queries: 4_096, variant: "exact" }, effort),
  };
  return {
    tables: [
      makeTable("One permission check, 4,096 queries at random", all, contests.uniform),
      makeTable("One permission check, a hot set of 256 queries", own, contests.hot),
      makeTable("One permission check, exact scopes and denies only, as CASL can express them", exact, contests.exact),
    ],
    goals: [...permissionGoals(contests), ...growthGoals(contests)],
    notes,
  };
}

const notes: readonly string[] = [
  "Each cell: median time of one decision, and how many times the floor of the same run it is.",
  "X: policies without wildcards. A: policies without denies. Both are less work than what the others do.",
  "In the last table the floor has no denies to look up: where nothing is a wildcard, a deny only says that there is no allow.",
  "Every contender's answers were checked against a plain evaluator first; a wrong one ends the run.",
  "not run: one answer, or loading the policy, takes too long to be timed.",
  "cedar-wasm does more for each call than the others: a typed language, an entity hierarchy, a proven semantics.",
  "Not here: GatewayStack, which is not in the npm registry, so that its part of G3 was not measured; role-acl, which",
  "brings a release of jsonpath-plus that is known to run code from paths.",
];

/** Each size is a contest of its own, in which all contenders of that size are timed side by side. */
async function contend(
  contenders: readonly PermissionContender[],
  contest: Omit<Contest, "size"> & { readonly sizes: readonly PolicySize[] },
  effort: Effort,
): Promise<Figures> {
  const figures = new Map<PolicySize, ReadonlyMap<string, Figure>>();
  for (const size of contest.sizes) figures.set(size, await timeContenders(contenders, { ...contest, size }, effort));
  return figures;
}

function makeTable(title: string, contenders: readonly PermissionContender[], figures: Figures): Table {
  const sizes = [...figures].map(([size]) => (size === "seed" ? "seed, 9 rules" : readableCount(size)));
  const rows = contenders.map(({ name, variant }) => {
    const found = [...figures.values()].map((contest) => ({ own: contest.get(name), floor: contest.get(floorName) }));
    return {
      name: `${name}${marks[variant]}`,
      cells: found.map(({ own, floor }) => readableFigure(own, floor)),
      figures: found.map(({ own }) => (typeof own === "number" ? own : undefined)),
    };
  });
  return { title, columns: ["rules", ...sizes], rows };
}

const marks: Record<PolicyVariant, string> = { full: "", exact: " (X)", allows: " (A)", "exact allows": " (X A)" };

function readableFigure(figure: Figure | undefined, floor: Figure | undefined): string {
  if (typeof figure !== "number") return figure ?? "";
  return readableComparison(figure, typeof floor === "number" ? floor : undefined);
}
