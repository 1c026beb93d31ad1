import { DatabaseSync } from "node:sqlite";

/** One opportunity of the sales pipeline. Amounts are whole dollars. */
export interface Deal {
  readonly id: number;
  readonly account: string;
  readonly owner: string;
  readonly stage: string;
  readonly amount: number;
  readonly quarter: string;
}

const deals: readonly Omit<Deal, "id">[] = [
  { account: "Northwind Mills", owner: "Dana", stage: "proposal", amount: 84_000, quarter: "Q1" },
  { account: "Blue Harbor Foods", owner: "Dana", stage: "negotiation", amount: 126_500, quarter: "Q1" },
  { account: "Kestrel Optics", owner: "Ravi", stage: "qualified", amount: 38_000, quarter: "Q1" },
  { account: "Marlow & Finch", owner: "Ravi", stage: "won", amount: 61_250, quarter: "Q1" },
  { account: "Tallgrass Energy", owner: "Ines", stage: "proposal", amount: 210_000, quarter: "Q1" },
  { account: "Juniper Health", owner: "Ines", stage: "lost", amount: 47_900, quarter: "Q1" },
  { account: "Cobalt Freight", owner: "Dana", stage: "won", amount: 92_400, quarter: "Q1" },
  { account: "Sable Software", owner: "Ravi", stage: "negotiation", amount: 155_000, quarter: "Q1" },
  { account: "Orchard Lane", owner: "Ines", stage: "qualified", amount: 29_750, quarter: "Q2" },
  { account: "Pinecrest Bank", owner: "Dana", stage: "proposal", amount: 310_000, quarter: "Q2" },
  { account: "Quarry Digital", owner: "Ravi", stage: "qualified", amount: 73_100, quarter: "Q2" },
  { account: "Redwood Labs", owner: "Ines", stage: "proposal", amount: 118_000, quarter: "Q2" },
];

/** The company's customer data and task list, in one SQLite database. */
export class Crm {
  readonly #database: DatabaseSync;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(`
      CREATE TABLE deals (
        id INTEGER PRIMARY KEY, account TEXT NOT NULL, owner TEXT NOT NULL, stage TEXT NOT NULL,
        amount INTEGER NOT NULL, quarter TEXT NOT NULL
      ) STRICT;
      CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT;
    `);
    const insert = this.#database.prepare(
      "INSERT INTO deals (account, owner, stage, amount, quarter) VALUES (?, ?, ?, ?, ?)",
    );
    for (const { account, owner, stage, amount, quarter } of deals) insert.run(account, owner, stage, amount, quarter);
  }

  searchDeals(quarter: string): Deal[] {
    const rows = this.#database.prepare("SELECT * FROM deals WHERE quarter = ? ORDER BY amount DESC").all(quarter);
    return rows.map((row) => ({ ...row })) as unknown as Deal[]; // The table is STRICT and has these columns.
  }

  updateDeal(id: number, stage: string): boolean {
    return this.#database.prepare("UPDATE deals SET stage = ? WHERE id = ?").run(stage, id).changes === 1;
  }

  createTask(title: string): number {
    return Number(this.#database.prepare("INSERT INTO tasks (title) VALUES (?)").run(title).lastInsertRowid);
  }

  tasks(): string[] {
    return this.#database
      .prepare("SELECT title FROM tasks ORDER BY id")
      .all()
      .map((row) => String(row["title"]));
  }

  close(): void {
    this.#database.close();
  }
}
