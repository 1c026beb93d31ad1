/** What has an evaluation's id. */
export interface Identified {
  readonly evaluationId: string;
}

/** Reservations by their ids. Most calls end before the next one begins: the newest is found without a look-up. */
export class OpenReservations<Reservation extends Identified> {
  #newest: Reservation | undefined;
  /** `undefined` until there was more than one. */
  #others: Map<string, Reservation> | undefined;

  get size(): number {
    return (this.#others?.size ?? 0) + (this.#newest === undefined ? 0 : 1);
  }

  get(evaluationId: string): Reservation | undefined {
    if (this.#newest?.evaluationId === evaluationId) return this.#newest;
    return this.#others?.get(evaluationId);
  }

  /** Only one whose id is not known yet. */
  add(reservation: Reservation): void {
    if (this.#newest !== undefined) {
      this.#others ??= new Map();
      this.#others.set(this.#newest.evaluationId, this.#newest);
    }
    this.#newest = reservation;
  }

  delete(evaluationId: string): void {
    if (this.#newest?.evaluationId === evaluationId) this.#newest = undefined;
    else this.#others?.delete(evaluationId);
  }

  /** All that there are at the moment. */
  all(): readonly Reservation[] {
    const others = this.#others === undefined ? [] : [...this.#others.values()];
    return this.#newest === undefined ? others : [...others, this.#newest];
  }
}
