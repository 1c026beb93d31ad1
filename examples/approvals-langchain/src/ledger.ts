import { DatabaseSync } from "node:sqlite";

/** A refund that was paid. */
export interface Payment {
  readonly customer: string;
  readonly amount: number;
}

/** Where refunds are paid. It knows nothing of authorization. */
export class Ledger {
  readonly #database = new DatabaseSync(":memory:");

  constructor() {
    this.#database.exec("CREATE TABLE payments (customer TEXT NOT NULL, amount REAL NOT NULL)");
  }

  pay(customer: string, amount: number): void {
    this.#database.prepare("INSERT INTO payments VALUES (?, ?)").run(customer, amount);
  }

  /** The oldest first. */
  payments(): Payment[] {
    const rows = this.#database.prepare("SELECT customer, amount FROM payments ORDER BY rowid").all();
    return rows.map((row) => ({ customer: String(row["customer"]), amount: Number(row["amount"]) }));
  }
}
