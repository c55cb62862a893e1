/** Asks again: after a while if the page is seen, or when the person wants it. */

import { timeoutError } from "./timeouts.js";

/** Ask once. Returns after how many ms to ask again; undefined: only if a person asks. */
export type Ask = (signal: AbortSignal) => Promise<number | undefined>;

/** What to ask for, and when. */
export interface Turn {
  readonly ask: Ask;
  /** When to ask first, in ms. Undefined: not before a person asks. */
  readonly wait: number | undefined;
  /** How long to wait for an answer. */
  readonly timeoutMs: number;
}

export class Refresher {
  #turn: Turn | undefined;
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

  /** Do this from now on. An earlier call is cancelled. */
  start(turn: Turn): void {
    this.stop();
    this.#turn = turn;
    if (turn.wait === 0) {
      void this.now();
    } else {
      this.#schedule(turn.wait);
    }
  }

  /** Ask now, unless a call is under way. */
  async now(): Promise<void> {
    const turn = this.#turn;
    if (turn === undefined || this.#call !== undefined) {
      return;
    }
    this.#clear();
    const call = new AbortController();
    this.#call = call;
    this.onBusy(true);
    const timer = setTimeout(() => call.abort(timeoutError(turn.timeoutMs)), turn.timeoutMs);
    const wait = await turn.ask(call.signal);
    clearTimeout(timer);
    // It was stopped in the meantime, or asks something else now.
    if (this.#call !== call) {
      return;
    }
    this.#call = undefined;
    this.onBusy(false);
    this.#schedule(wait);
  }

  stop(): void {
    this.#clear();
    this.#turn = undefined;
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

  #schedule(wait: number | undefined): void {
    if (wait === undefined) {
      return;
    }
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
