/** Shows one scene at a time, keeps it up to date, and says what is wrong with it. */

import { CallError } from "./answers.js";
import type { Answer } from "./answers.js";
import { Banner } from "./banner.js";
import { element, keepFocus, setText } from "./dom.js";
import { Header } from "./header.js";
import type { Ways } from "./header.js";
import type { JsonObject } from "./json.js";
import { Refresher } from "./refresher.js";
import type { Scene } from "./scene.js";
import type { Surroundings } from "./surroundings.js";

/** How often durations are written again. */
const TICK_MS = 10_000;

type Ask = (question: JsonObject, signal: AbortSignal) => Promise<Answer>;

export class Stage {
  readonly #refresh = (): void => void this.#refresher.now();
  readonly #header = new Header(this.#refresh);
  readonly #banner = new Banner(() => this.#retry());
  readonly #news = element("p", { class: "news", role: "status" });
  readonly #place = element("div", { class: "view" });
  readonly #refresher: Refresher;
  readonly #timer = setInterval(() => this.tick(), TICK_MS);
  #scene: Scene | undefined;
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
      this.#showState();
    });
  }

  get scene(): Scene | undefined {
    return this.#scene;
  }

  /** Show *scene*. *canAsk*: the page can ask for newer data by itself. */
  open(scene: Scene, ways: Ways, canAsk: boolean): void {
    this.#scene = scene;
    this.#canAsk = canAsk;
    this.say("");
    this.#place.replaceChildren(scene.view.element);
    this.#header.show(scene.view.heading, ways);
    if (canAsk) {
      const ask = (signal: AbortSignal) => this.#askFor(scene, signal);
      const { timeoutMs } = scene.view;
      this.#refresher.start({ ask, wait: this.#wait(scene), timeoutMs });
    } else {
      this.#refresher.stop();
    }
    this.tick();
  }

  /** Add an element of the page's own above the scene. */
  insert(element: HTMLElement): void {
    this.#place.before(element);
  }

  /** Show a text in place of a scene. */
  openText(text: string): void {
    this.#banner.clear();
    this.#place.replaceChildren(element("p", { class: "quiet" }, element("bdi", {}, text)));
  }

  /** Say what failed, where there is no scene. */
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
    const scene = this.#scene;
    scene?.view.tick(scene.present(this.surroundings.format));
    this.#showState();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#refresher.close();
  }

  #retry(): void {
    if (this.#scene !== undefined) {
      this.#refresh();
      return;
    }
    this.focus();
    this.showAgain();
  }

  async #askFor(scene: Scene, signal: AbortSignal): Promise<number | undefined> {
    try {
      const answer = await this.ask(scene.view.question, signal);
      if (!signal.aborted) {
        this.#receive(scene, answer);
      }
      return scene.view.refreshMs;
    } catch (reason) {
      const error = errorOf(reason);
      if (error === undefined) {
        return undefined;
      }
      scene.fail(error);
      this.say("");
      return retryWait(scene);
    }
  }

  #receive(scene: Scene, answer: Answer): void {
    keepFocus(() => {
      this.say(scene.receive(answer, true, this.surroundings.format));
    });
    this.#header.title(scene.view.heading);
  }

  /** An answer of just now is not asked for again at once. After a failure, neither. */
  #wait(scene: Scene): number | undefined {
    if (scene.error !== undefined) {
      return retryWait(scene);
    }
    return scene.isFresh ? scene.view.refreshMs : 0;
  }

  #showState(): void {
    const scene = this.#scene;
    this.#header.refreshing(this.#canAsk, this.#isBusy);
    if (scene === undefined) {
      return;
    }
    const age = scene.age(this.surroundings.format);
    const isFixed = !this.#canAsk && age !== "";
    this.#header.age(isFixed ? `${age}; this cannot be refreshed here` : age);
    if (scene.error === undefined) {
      this.#banner.clear();
    } else {
      const willRetry = this.#canAsk && retryWait(scene) !== undefined;
      this.#banner.fail(scene.error, age, this.#canAsk, willRetry);
    }
  }
}

/** When to try again after a failure, in ms. Undefined: only if a person wants it. */
function retryWait(scene: Scene): number | undefined {
  const { refreshMs } = scene.view;
  if (refreshMs === undefined || scene.error?.retryable !== true) {
    return undefined;
  }
  return Math.max(refreshMs, (scene.error.retryAfterS ?? 0) * 1000);
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
