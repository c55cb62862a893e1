/** The legend of a plot: its signs, with their meaning. */

import type { Panel } from "./panel.js";
import { svg } from "./svg.js";

/** A sign is drawn with the class name that it has in the panels. */
type Sign = [className: string, path: string, meaning: string];

const BAR = "M2 2h8v8h-8z";
const LINE = "M6 11V2M2 2h8";
const DASH = "M1 8h10v2h-10z";

export function drawLegend(panels: Panel[]): HTMLElement[] {
  return signsOf(panels).map(([className, path, meaning]) => {
    const item = document.createElement("li");
    const image = svg("svg", { width: 12, height: 12, "aria-hidden": "true" });
    image.append(svg("path", { class: className, d: path }));
    item.append(image, ` ${meaning}`);
    return item;
  });
}

/** The stripes of a partial period, to which the styles refer. Their colours are there, too. */
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

/** Only the signs that *panels* have. */
function signsOf(panels: Panel[]): Sign[] {
  const columns = panels.flatMap((panel) => panel.columns);
  const signs: Sign[] = [];
  if (columns.some((column) => column.mark !== null)) {
    signs.push(["plot-bar", BAR, "median: half took no longer"]);
    signs.push(["plot-mark", LINE, "9 of 10 took no longer"]);
  }
  if (columns.some((column) => column.isPartial)) {
    signs.push(["plot-bar plot-partial", BAR, "not a complete period"]);
  }
  if (columns.some((column) => column.bar === null)) {
    signs.push(["plot-none", DASH, "no value"]);
  }
  return signs;
}
