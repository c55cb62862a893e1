/** Says that something failed, how old the facts on the page are, and what to do. */

import type { CallError } from "./answers.js";
import { button, element, foreign, setChildren, setText } from "./dom.js";

/** A failure of the page's session, not of the vendor. The page's address says what to do. */
const SESSION_OVER = "session_over";

export class Banner {
  readonly element = element("div", { class: "banner", hidden: true });
  readonly #title = element("strong");
  // A screen reader says only this, and not the age, which changes.
  readonly #message = element("span", { role: "alert" });
  readonly #next = element("span");
  readonly #retry: HTMLButtonElement;
  readonly #reload = element("a", { href: "" }, "Reload the page");

  constructor(retry: () => void) {
    this.#retry = button("Retry", retry);
    const text = element("p", {}, this.#title, " ", this.#message, this.#next);
    this.element.append(text, this.#retry, this.#reload);
  }

  /**
   * *age* says how old the facts on the page are, or is empty if there are none. *willRetry* says
   * whether the page asks again by itself.
   */
  fail(error: CallError, age: string, canRetry: boolean, willRetry: boolean): void {
    const isOver = error.code === SESSION_OVER;
    const title = age === "" ? "Not loaded." : `Not refreshed: what you see is ${age}.`;
    const next = willRetry ? " The page will try again by itself." : "";
    setText(this.#title, title);
    setChildren(this.#message, foreign(error.message));
    setText(this.#next, next);
    this.#retry.hidden = !canRetry || isOver;
    this.#reload.hidden = !isOver;
    this.element.hidden = false;
  }

  clear(): void {
    this.element.hidden = true;
  }
}
