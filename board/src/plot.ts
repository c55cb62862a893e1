/** Plots the answer of a `group_by`: incidents, and how long they took, in each period. */

import type { Answer } from "./answers.js";
import { element } from "./dom.js";
import { list } from "./json.js";
import { Chart } from "./plot/chart.js";
import { readCounts } from "./plot/counts.js";
import { drawTable } from "./plot/table.js";

export interface PlotOptions {
  /** BCP 47. */
  locale: string;
  /** The first day that was asked for, at the beginning of a period. */
  since?: string | undefined;
}

/** The plot, and the same numbers as a table. Groups that are not periods have only the table. */
export function drawPlot(answer: Answer, options: PlotOptions): HTMLElement {
  if (list(answer.rows).length === 0) {
    return element("p", {}, "No incident matches.");
  }
  const counts = readCounts(answer, options.since);
  const table = drawTable(answer, options.locale);
  table.open = counts === undefined;
  const chart = counts && new Chart(counts, options.locale).element;
  return element("div", { class: "plot" }, chart, table);
}
