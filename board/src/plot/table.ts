/** The rows of a `group_by` as a table: for screen readers, and to copy the numbers. */

import type { Answer, Json } from "../answers.js";
import { measureName } from "./words.js";

/** A disclosure with the table. It has exactly the rows of the answer, with minutes as numbers. */
export function drawTable(answer: Answer, locale: string): HTMLDetailsElement {
  const table = document.createElement("table");
  const columns = Array.isArray(answer.columns) ? answer.columns.map(String) : [];
  const head = table.createTHead().insertRow();
  head.append(...columns.map((column) => headerCell(columnName(column), "col")));
  const body = table.createTBody();
  for (const row of Array.isArray(answer.rows) ? answer.rows : []) {
    body.insertRow().append(...cells(row, columns, locale));
  }
  const scroller = document.createElement("div");
  scroller.className = "plot-scroller";
  scroller.tabIndex = 0;
  scroller.role = "region";
  scroller.ariaLabel = "The numbers";
  scroller.append(table);
  const disclosure = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = "The numbers as a table";
  disclosure.append(summary, scroller);
  return disclosure;
}

function cells(row: Json, columns: string[], locale: string): HTMLElement[] {
  const values = Array.isArray(row) ? row : [];
  return columns.map((column, at) => {
    const value = values[at] ?? null;
    return isNumber(column) ? numberCell(value, locale) : headerCell(name(value), "row");
  });
}

function numberCell(value: Json, locale: string): HTMLElement {
  const cell = document.createElement("td");
  cell.textContent = typeof value === "number" ? value.toLocaleString(locale) : "–";
  return cell;
}

function headerCell(text: string, scope: string): HTMLElement {
  const cell = document.createElement("th");
  const isolated = document.createElement("bdi");
  cell.scope = scope;
  isolated.textContent = text;
  cell.append(isolated);
  return cell;
}

function isNumber(column: string): boolean {
  return column === "incidents" || column === "live" || /_p\d+$/.test(column);
}

/** `Minutes to resolve, median` for `resolve_p50`. */
function columnName(column: string): string {
  const [, measure, percent] = /^(\w+)_p(50|90)$/.exec(column) ?? [];
  if (!measure) {
    return column.charAt(0).toUpperCase() + column.slice(1);
  }
  const what = percent === "50" ? "median" : "9 of 10 within";
  return `Minutes ${measureName(measure).toLowerCase()}, ${what}`;
}

function name(value: Json): string {
  return value === null ? "none" : String(value);
}
