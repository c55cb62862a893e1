/** Says that something failed, how old the facts on the page are, and what to do. */

import type { CallError } from "./answers.js";
import { button, element, setChildren } from "./dom.js";

/** A failure of the page's session, not of the vendor: the person has to log in again. */
const SESSION_OVER = "session_over";

export class Banner {
  readonly element = element("div", { class: "banner", hidden: true });
  readonly #text = element("p");
  readonly #retry: HTMLButtonElement;
  readonly #login = element("a", { href: "" }, "Log in");

  constructor(retry: () => void) {
    this.#retry = button("Retry", retry);
    this.element.append(this.#text, this.#retry, this.#login);
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
    this.#login.hidden = !isOver;
    this.element.hidden = false;
  }

  /** Something that is not an error of a call. */
  tell(text: string, canRetry: boolean): void {
    setChildren(this.#text, element("bdi", {}, text));
    this.#retry.hidden = !canRetry;
    this.#login.hidden = true;
    this.element.hidden = false;
  }

  clear(): void {
    this.element.hidden = true;
  }
}
