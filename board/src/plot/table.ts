/** The rows of a `group_by` as a table: for screen readers, and to copy the numbers. */

import type { Answer } from "../answers.js";
import { element, foreign } from "../dom.js";
import { list } from "../json.js";
import type { Json } from "../json.js";
import { capitalised } from "../words.js";
import { measureName } from "./sentences.js";

/** A disclosure with the rows exactly as the answer has them; minutes are numbers. */
export function drawTable(answer: Answer, locale: string): HTMLDetailsElement {
  const columns = list(answer.columns).map(String);
  const head = element("tr", {}, ...columns.map((name) => header(columnName(name), "col")));
  const rows = list(answer.rows).map((row) => {
    const cells = list(row).map((value) => cell(value, locale));
    return element("tr", {}, ...cells);
  });
  const table = element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
  const place = { class: "plot-scroller", tabindex: "0", role: "region", "aria-label": "Numbers" };
  const summary = element("summary", {}, "The numbers as a table");
  return element("details", {}, summary, element("div", place, table));
}

function cell(value: Json, locale: string): HTMLElement {
  if (typeof value === "string") {
    return header(value, "row");
  }
  return element("td", {}, typeof value === "number" ? value.toLocaleString(locale) : "–");
}

function header(text: string, scope: string): HTMLElement {
  return element("th", { scope }, foreign(text));
}

/** `Minutes to resolve: median`, for `resolve_p50`. */
function columnName(column: string): string {
  const [, measure, percent] = /^(\w+)_p(50|90)$/.exec(column) ?? [];
  if (!measure) {
    return capitalised(column);
  }
  const part = percent === "50" ? "median" : "9 of 10 within";
  return `Minutes ${measureName(measure).toLowerCase()}: ${part}`;
}
