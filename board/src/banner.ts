/** Says that something failed, how old the facts on the page are, and what to do. */

import type { CallError } from "./answers.js";
import { button, element, setChildren } from "./dom.js";

/** A failure of the page's session, not of the vendor. The page's address says what to do. */
const SESSION_OVER = "session_over";

export class Banner {
  readonly element = element("div", { class: "banner", hidden: true });
  readonly #text = element("p");
  readonly #retry: HTMLButtonElement;
  readonly #reload = element("a", { href: "" }, "Reload the page");

  constructor(retry: () => void) {
    this.#retry = button("Retry", retry);
    this.element.append(this.#text, this.#retry, this.#reload);
  }

  /**
   * *age* says how old the facts on the page are, or is empty if there are none. *willRetry* says
   * whether the page asks again by itself.
   */
  fail(error: CallError, age: string, canRetry: boolean, willRetry: boolean): void {
    const isOver = error.code === SESSION_OVER;
    const title = age === "" ? "Not loaded." : `Not refreshed. ${age}`;
    const next = willRetry ? " The page will try again by itself." : "";
    setChildren(
      this.#text,
      element("strong", {}, title),
      " ",
      element("bdi", {}, error.message),
      next,
    );
    this.#retry.hidden = !canRetry || isOver;
    this.#reload.hidden = !isOver;
    this.element.hidden = false;
  }

  clear(): void {
    this.element.hidden = true;
  }
}
