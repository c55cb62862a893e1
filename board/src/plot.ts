/** Plots the answer of a `group_by`: incidents, and how long they took, in each period. */

import type { Answer } from "./answers.js";
import { Chart, type ChartOptions } from "./plot/chart.js";
import { readCounts } from "./plot/counts.js";
import { drawTable } from "./plot/table.js";

export interface PlotOptions extends ChartOptions {
  /**
   * The lower bound on `started_at` that was asked for, such as `-30d`, if it is the only range.
   * Periods without incidents at both ends are drawn only then.
   */
  since?: string;
}

/** The plot of *answer*, with the same numbers as a table. Without periods, there is the table only. */
export function drawPlot(answer: Answer, options: PlotOptions): HTMLElement {
  const root = document.createElement("div");
  root.className = "plot";
  const counts = readCounts(answer, options.since);
  const table = drawTable(answer, options.locale);
  if (!Array.isArray(answer.rows) || answer.rows.length === 0) {
    root.textContent = "No incident matches.";
    return root;
  }
  if (counts && counts.periods.length > 0) {
    root.append(new Chart(counts, options).element);
  } else {
    table.open = true;
  }
  root.append(table);
  return root;
}
