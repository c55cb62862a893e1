/** The header, the messages and one view: keeps the view up to date, and says what is wrong. */

import { CallError } from "./answers.js";
import type { Answer } from "./answers.js";
import { Banner } from "./banner.js";
import { element, foreign, keepFocus, quiet, setText } from "./dom.js";
import { Header } from "./header.js";
import type { Navigation } from "./header.js";
import type { JsonObject } from "./json.js";
import { Refresher } from "./refresher.js";
import type { Surroundings } from "./surroundings.js";
import type { ViewState } from "./view_state.js";

/** How often durations are written again. */
const TICK_MS = 10_000;

type Ask = (question: JsonObject, signal: AbortSignal) => Promise<Answer>;

export class Shell {
  readonly #refresh = (): void => void this.#refresher.now();
  readonly #header = new Header(this.#refresh);
  readonly #banner = new Banner(() => this.#retry());
  readonly #news = element("p", { class: "news", role: "status" });
  readonly #place = element("div", { class: "view" });
  readonly #refresher: Refresher;
  readonly #timer = setInterval(() => this.tick(), TICK_MS);
  #state: ViewState | undefined;
  #canAsk = false;
  #isBusy = false;

  constructor(
    main: HTMLElement,
    private readonly surroundings: Surroundings,
    private readonly ask: Ask,
    private readonly showAgain: () => void,
  ) {
    main.append(this.#header.element, this.#news, this.#banner.element, this.#place);
    this.#header.show("Live incidents", {});
    this.#refresher = new Refresher(main, (isBusy) => {
      this.#isBusy = isBusy;
      this.#showStatus();
    });
  }

  get state(): ViewState | undefined {
    return this.#state;
  }

  /** Show the view of *state*. *canAsk*: the page can ask for newer data by itself. */
  open(state: ViewState, navigation: Navigation, canAsk: boolean): void {
    this.#state = state;
    this.#canAsk = canAsk;
    this.say("");
    this.#place.replaceChildren(state.view.element);
    this.#header.show(state.view.heading, navigation);
    if (canAsk) {
      const ask = (signal: AbortSignal) => this.#askFor(state, signal);
      const { timeoutMs } = state.view;
      this.#refresher.start({ ask, wait: this.#wait(state), timeoutMs });
    } else {
      this.#refresher.stop();
    }
    this.tick();
  }

  /** Add an element of the page's own above the view. */
  insert(element: HTMLElement): void {
    this.#place.before(element);
  }

  /** Show a text in place of a view. */
  openText(text: string): void {
    this.#banner.clear();
    this.#place.replaceChildren(quiet(foreign(text)));
  }

  /** Say what failed, where there is no view. */
  fail(error: CallError, canRetry: boolean): void {
    this.#place.replaceChildren();
    this.#banner.fail(error, "", canRetry, false);
  }

  /** Something that a person should know now, also one who cannot see the page. */
  say(text: string): void {
    setText(this.#news, text);
  }

  focus(): void {
    this.#header.focus();
  }

  /** Write durations again: time has passed, or the surroundings have changed. */
  tick(): void {
    const state = this.#state;
    state?.view.tick(state.present(this.surroundings.format));
    this.#showStatus();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#refresher.close();
  }

  #retry(): void {
    if (this.#state !== undefined) {
      this.#refresh();
      return;
    }
    this.focus();
    this.showAgain();
  }

  async #askFor(state: ViewState, signal: AbortSignal): Promise<number | undefined> {
    try {
      const answer = await this.ask(state.view.question, signal);
      if (!signal.aborted) {
        this.#receive(state, answer);
      }
      return state.view.refreshMs;
    } catch (reason) {
      const error = errorOf(reason);
      if (error === undefined) {
        return undefined;
      }
      state.fail(error);
      this.say("");
      return retryWait(state);
    }
  }

  #receive(state: ViewState, answer: Answer): void {
    keepFocus(() => {
      this.say(state.receive(answer, true, this.surroundings.format));
    });
    this.#header.title(state.view.heading);
  }

  /** An answer of just now is not asked for again at once. After a failure, neither. */
  #wait(state: ViewState): number | undefined {
    if (state.error !== undefined) {
      return retryWait(state);
    }
    return state.isFresh ? state.view.refreshMs : 0;
  }

  #showStatus(): void {
    const state = this.#state;
    this.#header.refreshing(this.#canAsk, this.#isBusy);
    if (state === undefined) {
      return;
    }
    const age = state.age(this.surroundings.format);
    const isFixed = !this.#canAsk && age !== "";
    this.#header.age(isFixed ? `${age}; this cannot be refreshed here` : age);
    if (state.error === undefined) {
      this.#banner.clear();
    } else {
      const willRetry = this.#canAsk && retryWait(state) !== undefined;
      this.#banner.fail(state.error, age, this.#canAsk, willRetry);
    }
  }
}

/** When to try again after a failure, in ms. Undefined: only if a person wants it. */
function retryWait(state: ViewState): number | undefined {
  const { refreshMs } = state.view;
  if (refreshMs === undefined || state.error?.retryable !== true) {
    return undefined;
  }
  return Math.max(refreshMs, (state.error.retryAfterS ?? 0) * 1000);
}

/** The error of a call. Undefined: the call was stopped, and nobody waits for it. */
function errorOf(reason: unknown): CallError | undefined {
  if (reason instanceof CallError) {
    return reason;
  }
  if (reason instanceof DOMException && reason.name === "AbortError") {
    return undefined;
  }
  console.error(reason);
  const message = "The page has an error. The console of the browser says more.";
  return new CallError("internal", message, false);
}
