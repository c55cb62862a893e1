/** Plots the answer of a `group_by`. */

import type { Answer } from "./answers.js";

export interface PlotOptions {
  /** BCP 47. */
  locale: string;
}

export function drawPlot(answer: Answer, options: PlotOptions): HTMLElement {
  throw new Error(`not drawn yet: ${String(answer.columns)} ${options.locale}`);
}
