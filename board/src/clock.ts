/** The present, as the answers tell it. */

/** An answer that is older than this was not made for this page just now. */
const FRESH_MS = 120_000;

/**
 * The present, told from the `as_of` of the last answer: the browser's clock may be wrong.
 *
 * If the answer may be an old one (a conversation that was opened again), the clock stands still
 * at its `as_of` until the next answer.
 */
export class Clock {
  readonly #receivedAt = Date.now();

  constructor(
    readonly asOf: number,
    private readonly isOwnAnswer: boolean,
  ) {}

  get isRunning(): boolean {
    return this.isOwnAnswer || Math.abs(this.#receivedAt - this.asOf) < FRESH_MS;
  }

  now(): number {
    return this.isRunning ? this.asOf + this.elapsed() : this.asOf;
  }

  /** Milliseconds since the answer arrived. */
  elapsed(): number {
    return Math.max(0, Date.now() - this.#receivedAt);
  }
}
