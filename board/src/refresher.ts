/** Asks again: after a while if the page is seen, or when the person wants it. */

import { PATIENCE_MS, tooLate } from "./patience.js";

/** Ask once. Returns after how many ms to ask again; undefined: only if a person asks. */
export type Ask = (signal: AbortSignal) => Promise<number | undefined>;

export class Refresher {
  #ask: Ask | undefined;
  #call: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDue = false;
  #isOnScreen = true;
  readonly #observer = new IntersectionObserver((entries) => {
    this.#isOnScreen = entries.at(-1)?.isIntersecting ?? true;
    this.#askIfSeen();
  });

  /** *onBusy* is told when a call begins and ends. */
  constructor(
    page: Element,
    private readonly onBusy: (isBusy: boolean) => void,
  ) {
    document.addEventListener("visibilitychange", this.#askIfSeen);
    this.#observer.observe(page);
  }

  /**
   * Ask with *ask* from now on, first after *wait* ms. Undefined: not before a person asks.
   * An earlier call is cancelled.
   */
  start(ask: Ask, wait: number | undefined): void {
    this.stop();
    this.#ask = ask;
    if (wait === 0) {
      void this.now();
    } else if (wait !== undefined) {
      this.#schedule(wait);
    }
  }

  /** Ask now, unless a call is under way. */
  async now(): Promise<void> {
    if (this.#ask === undefined || this.#call !== undefined) {
      return;
    }
    this.#clear();
    const call = new AbortController();
    this.#call = call;
    this.onBusy(true);
    const patience = setTimeout(() => call.abort(tooLate()), PATIENCE_MS);
    const wait = await this.#ask(call.signal);
    clearTimeout(patience);
    // It was stopped in the meantime, or asks something else now.
    if (this.#call !== call) {
      return;
    }
    this.#call = undefined;
    this.onBusy(false);
    if (wait !== undefined) {
      this.#schedule(wait);
    }
  }

  stop(): void {
    this.#clear();
    this.#ask = undefined;
    this.#call?.abort(new DOMException("The page does not need this answer now.", "AbortError"));
    this.#call = undefined;
    this.onBusy(false);
  }

  /** Stop for good: the page will be removed. */
  close(): void {
    this.stop();
    this.#observer.disconnect();
    document.removeEventListener("visibilitychange", this.#askIfSeen);
  }

  #schedule(wait: number): void {
    this.#timer = setTimeout(() => {
      this.#isDue = true;
      this.#askIfSeen();
    }, wait);
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#isDue = false;
  }

  readonly #askIfSeen = (): void => {
    if (this.#isDue && this.#isOnScreen && document.visibilityState === "visible") {
      void this.now();
    }
  };
}
