/** A question to copy, for a page without a chat. */

import { button, element } from "./dom.js";

export class CopyBox {
  readonly element = element("div", { class: "copy", hidden: true });
  readonly #text = element("textarea", {
    readonly: true,
    rows: "6",
    "aria-label": "A question to copy into a chat",
  });
  #opener: Element | null = null;

  constructor() {
    const close = button("Close", () => this.close());
    const hint = element("p", {}, "Copy this into a chat:");
    this.element.append(hint, this.#text, close);
  }

  /** Show *text*, selected, for people whose browser does not let the page copy it. */
  open(text: string): void {
    this.#opener = document.activeElement;
    this.#text.value = text;
    this.element.hidden = false;
    this.#text.focus();
    this.#text.select();
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  /** Close it, and give the focus back. */
  close(): void {
    this.element.hidden = true;
    if (this.#opener instanceof HTMLElement && this.#opener.isConnected) {
      this.#opener.focus();
    }
  }
}

/** Copy *text*. False: the browser does not allow it. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
