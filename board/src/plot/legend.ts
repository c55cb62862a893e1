/** What the signs of a plot mean, and what the reader must know of it. */

import { element } from "../dom.js";
import { count } from "../words.js";
import type { Counts } from "./counts.js";
import { highestOf } from "./panel.js";
import type { Panel } from "./panel.js";
import { minutesText, periodName } from "./sentences.js";
import { svg } from "./svg.js";

const SQUARE = "M1 1h10v10h-10z";
const MARK = "M6 12V2M2 2h8";
const DASH = "M1 8h10v2h-10z";
const ARROW = "M1 10l5-7l5 7z";

/** A line for each kind of sign that *panels* have. */
export function legendOf(counts: Counts, panels: Panel[], locale: string): HTMLElement[] {
  const columns = panels.flatMap((panel) => panel.columns);
  const partial = counts.periods.filter((key) => counts.partial.has(key));
  const lines: HTMLElement[] = [];
  if (columns.some((column) => column.mark !== undefined)) {
    lines.push(line("plot-bar", SQUARE, "median: half took no longer"));
    lines.push(line("plot-mark", MARK, "9 of 10 took no longer"));
  }
  if (columns.some((column) => column.bar === undefined)) {
    lines.push(line("plot-none", DASH, "no value"));
  }
  if (partial.length > 0) {
    const names = partial.map((key) => periodName(counts, key, locale));
    lines.push(line("plot-bar plot-partial", SQUARE, `not complete: ${names.join(", ")}`));
  }
  const cut = cutText(counts, panels, locale);
  if (cut) {
    lines.push(line("plot-cut", ARROW, cut));
  }
  return lines;
}

/** How many columns are higher than the plot, and the highest of them. */
function cutText(counts: Counts, panels: Panel[], locale: string): string | undefined {
  const cut = panels.flatMap(({ columns, scale }) =>
    columns.filter((column) => highestOf(column) > scale.top),
  );
  const [highest] = cut.sort((a, b) => highestOf(b) - highestOf(a));
  if (!highest) {
    return undefined;
  }
  const period = periodName(counts, highest.key, locale);
  const value = minutesText(highestOf(highest));
  return `${count(cut.length, "value")} above the plot, up to ${value} (${period})`;
}

function line(name: string, path: string, meaning: string): HTMLElement {
  const image = svg("svg", { width: 12, height: 12, "aria-hidden": "true" });
  image.append(svg("path", { class: name, d: path }));
  return element("li", {}, image, ` ${meaning}`);
}

/** The stripes of partial periods. The styles refer to them. */
export function stripes(): SVGElement {
  const pattern = svg("pattern", {
    id: "plot-stripes",
    width: 5,
    height: 5,
    patternUnits: "userSpaceOnUse",
    patternTransform: "rotate(45)",
  });
  pattern.append(svg("rect", { class: "plot-stripe", width: 2, height: 5 }));
  const image = svg("svg", { class: "plot-stripes", width: 0, height: 0, "aria-hidden": "true" });
  image.append(pattern);
  return image;
}
