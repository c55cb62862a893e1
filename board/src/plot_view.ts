/** Incidents over time: a plot of the answer of `group_by`. */

import { rowsOf } from "./answers.js";
import type { Answer } from "./answers.js";
import { button, element } from "./dom.js";
import { object, text } from "./json.js";
import type { JsonObject } from "./json.js";
import { Notes } from "./notes.js";
import { Placeholder } from "./placeholder.js";
import { drawPlot } from "./plot.js";
import { UNITS } from "./plot/periods.js";
import type { Unit } from "./plot/periods.js";
import { filterText, rangeText, unitOf } from "./question.js";
import { COUNT_TIMEOUT_MS } from "./timeouts.js";
import type { Present, View } from "./view.js";

export class PlotView implements View {
  readonly heading = "Incidents over time";
  // Counting may take Rootly dozens of requests.
  readonly refreshMs = undefined;
  readonly isPreview = false;
  readonly timeoutMs = COUNT_TIMEOUT_MS;
  readonly element = element("div");
  readonly #control = element("div", { class: "choice", role: "group", "aria-label": "Period" });
  readonly #placeholder = new Placeholder();
  readonly #plot = element("div", {}, this.#placeholder.element);
  readonly #notes = new Notes();
  #answer: string | undefined;

  /** *choose* shows periods of another length. Undefined: the page cannot ask for them. */
  constructor(
    readonly question: JsonObject,
    choose: ((unit: Unit) => void) | undefined,
  ) {
    const unit = unitOf(question);
    const filters = filterText(question);
    const only = filters === "" ? "" : `, only ${filters}`;
    const range = element("p", { class: "summary" }, `${rangeText(unit)}${only}.`);
    this.element.append(range, this.#control, this.#plot, this.#notes.element);
    if (choose !== undefined) {
      this.#control.append(...UNITS.map((each) => unitButton(each, each === unit, choose)));
    }
  }

  show(answer: Answer, present: Present): string {
    // Drawing again would take the focus from a bar.
    const facts = JSON.stringify([answer.columns, rowsOf(answer, "rows"), answer.partial]);
    if (facts === this.#answer) {
      return "";
    }
    const isFirst = this.#answer === undefined;
    this.#answer = facts;
    const { locale } = present.format;
    const since = text(object(this.question.started_at).gte);
    this.#plot.replaceChildren(drawPlot(answer, { locale, since }));
    this.#notes.show(answer);
    return isFirst ? "" : "The plot has changed.";
  }

  fail(): void {
    // The banner says it.
    this.#placeholder.element.hidden = true;
  }

  tick(): void {}

  close(): void {}

  /** Give the focus to the button that is pressed. */
  focus(): void {
    this.#control.querySelector<HTMLElement>("[aria-pressed=true]")?.focus();
  }
}

function unitButton(unit: Unit, isChosen: boolean, choose: (unit: Unit) => void): HTMLElement {
  const node = button(`By ${unit}`, () => choose(unit));
  node.setAttribute("aria-pressed", String(isChosen));
  return node;
}
