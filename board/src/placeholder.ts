/** A text in the place of what is not loaded yet. */

import { element, setText } from "./dom.js";

export class Placeholder {
  readonly element: HTMLElement;

  constructor(text = "Loading …") {
    this.element = element("p", { class: "quiet", role: "status" }, text);
  }

  fail(): void {
    setText(this.element, "Not loaded.");
  }
}
