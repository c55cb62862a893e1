/** The notes of an answer: what its reader has to know. */

import type { Answer } from "./answers.js";
import { element, foreign, setChildren } from "./dom.js";
import { names } from "./json.js";

export class Notes {
  readonly element = element("ul", { class: "notes", "aria-label": "Notes", hidden: true });

  show(answer: Answer): void {
    const notes = names(answer.notes);
    this.element.hidden = notes.length === 0;
    setChildren(this.element, ...notes.map((note) => element("li", {}, foreign(note))));
  }
}
