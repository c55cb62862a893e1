/** Incidents over time: a plot of the answer of `group_by`. */

import { object, rowsOf, text } from "./answers.js";
import type { Answer, JsonObject } from "./answers.js";
import { button, element } from "./dom.js";
import { Notes } from "./notes.js";
import { COUNTING_PATIENCE_MS } from "./patience.js";
import { drawPlot } from "./plot.js";
import { filterText, periodOf, PERIODS, rangeText } from "./question.js";
import type { Period } from "./question.js";
import type { Present, View } from "./view.js";
import { Waiting } from "./waiting.js";
import { capitalised } from "./words.js";

export class PlotView implements View {
  readonly heading = "Incidents over time";
  // Counting may take Rootly dozens of requests.
  readonly everyMs = undefined;
  readonly isPreview = false;
  readonly patienceMs = COUNTING_PATIENCE_MS;
  readonly element = element("div", { class: "over-time" });
  readonly #control = element("div", { class: "choice", role: "group", "aria-label": "Period" });
  readonly #waiting = new Waiting();
  readonly #plot = element("div", {}, this.#waiting.element);
  readonly #notes = new Notes();
  #answer: string | undefined;

  /** *choose* shows another period. Undefined: the page cannot ask for one. */
  constructor(
    readonly question: JsonObject,
    choose: ((period: Period) => void) | undefined,
  ) {
    const period = periodOf(question);
    const filters = filterText(question);
    const only = filters === "" ? "" : `, only ${filters}`;
    const range = element("p", { class: "summary" }, `${capitalised(rangeText(period))}${only}.`);
    this.element.append(range, this.#control, this.#plot, this.#notes.element);
    if (choose !== undefined) {
      this.#control.append(...PERIODS.map((each) => periodButton(each, each === period, choose)));
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
    this.#waiting.element.hidden = true;
  }

  tick(): void {}

  close(): void {}

  /** Give the focus to the period that is shown. */
  focus(): void {
    this.#control.querySelector<HTMLElement>("[aria-pressed=true]")?.focus();
  }
}

function periodButton(
  period: Period,
  isChosen: boolean,
  choose: (period: Period) => void,
): HTMLElement {
  const label = `By ${period}`;
  const node = button(label, () => choose(period));
  node.setAttribute("aria-pressed", String(isChosen));
  return node;
}
