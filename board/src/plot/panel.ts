/** One panel of a plot: a bar for each period, as SVG in the width that there is. */

import type { Scale } from "./scale.js";
import { svg } from "./svg.js";

export interface Column {
  /** The period. */
  key: string;
  /** What a screen reader says. */
  label: string;
  /** The height of the bar. Undefined if there is no value, which is not the same as 0. */
  bar: number | undefined;
  /** The height of the 9-of-10 mark. */
  mark: number | undefined;
  isPartial: boolean;
  /** The name of the period on the axis. */
  tick: string;
  /** Its year, if the axis names years. */
  year: string;
}

export interface Panel {
  label: string;
  columns: Column[];
  scale: Scale;
  tickText: (value: number) => string;
  hasAxis: boolean;
}

const HEIGHT = 104;
/** Room for arrows, and for the upper half of the highest tick. */
const TOP = 10;
const BOTTOM = TOP + HEIGHT;
const LINE = 15;
/** A character of the text, which has 12 pixels, is not wider than this on average. */
const CHARACTER = 7;
const GAP = 8;

/** The room to the left of the bars that the ticks of a panel need. */
export function gutterOf(panel: Panel): number {
  return widest(panel.scale.ticks.map(panel.tickText)) + GAP;
}

export function drawPanel(panel: Panel, width: number, gutter: number): SVGSVGElement {
  const { columns } = panel;
  const names = widest(columns.map((column) => column.tick));
  const lines = columns.some((column) => column.year) ? 2 : 1;
  const height = BOTTOM + 4 + (panel.hasAxis ? lines * LINE : 0);
  const root = svg("svg", { class: "plot-panel", width, height, role: "group" });
  root.setAttribute("aria-label", panel.label);
  root.append(...drawTicks(panel, width, gutter));
  const room = width - gutter;
  // The name of the newest period must not reach over the edge.
  const overhang = Math.max(0, (names - room / columns.length) / 2);
  const step = (room - overhang) / columns.length;
  const xOf = (index: number) => gutter + (index + 0.5) * step;
  root.append(...columns.map((column, index) => drawColumn(panel.scale, column, xOf(index), step)));
  if (panel.hasAxis) {
    root.append(...drawNames(columns, xOf, Math.ceil((names + GAP) / step)));
  }
  return root;
}

function drawTicks(panel: Panel, width: number, gutter: number): SVGElement[] {
  return panel.scale.ticks.flatMap((tick) => {
    const y = yOf(panel.scale, tick);
    const line = svg("line", { class: "plot-grid", x1: gutter, x2: width, y1: y, y2: y });
    return [line, words(panel.tickText(tick), gutter - GAP, y + 4, "end")];
  });
}

/** The column of a period can be pointed at in its whole height. */
function drawColumn(scale: Scale, column: Column, x: number, step: number): SVGElement {
  const kind = column.isPartial ? "plot-column plot-partial" : "plot-column";
  const group = svg("g", { class: kind, role: "img", "aria-label": column.label, tabindex: -1 });
  group.dataset.period = column.key;
  group.append(rectangle("plot-area", x, step, 0, BOTTOM));
  const width = Math.max(1, Math.min(0.72 * step, 44));
  if (column.bar === undefined) {
    group.append(rectangle("plot-none", x, width, BOTTOM - 4, BOTTOM - 2));
    return group;
  }
  const y = yOf(scale, column.bar);
  group.append(rectangle("plot-bar", x, width, y, BOTTOM));
  if (column.mark !== undefined) {
    const end = yOf(scale, column.mark);
    const half = Math.min(width / 2, 5);
    const d = `M${x} ${y}V${end}m${-half} 0h${2 * half}`;
    group.append(svg("path", { class: "plot-mark", d }));
  }
  if (highestOf(column) > scale.top) {
    group.append(svg("path", { class: "plot-cut", d: `M${x - 5} ${TOP}l5 -7l5 7z` }));
  }
  return group;
}

/** The names of every *stride*-th period, up to the newest. */
function drawNames(columns: Column[], xOf: (index: number) => number, stride: number) {
  const newest = columns.length - 1;
  let year = "";
  return columns.flatMap((column, index) => {
    if ((newest - index) % stride !== 0) {
      return [];
    }
    const names = [words(column.tick, xOf(index), BOTTOM + LINE, "middle")];
    if (column.year !== year) {
      year = column.year;
      names.push(words(year, xOf(index), BOTTOM + 2 * LINE, "middle"));
    }
    return names;
  });
}

/** The highest value of a column. */
export function highestOf({ bar = 0, mark = 0 }: Column): number {
  return Math.max(bar, mark);
}

function yOf(scale: Scale, value: number): number {
  return BOTTOM - (HEIGHT * Math.min(value, scale.top)) / scale.top;
}

function rectangle(name: string, middle: number, width: number, y: number, end: number) {
  return svg("rect", { class: name, x: middle - width / 2, y, width, height: end - y });
}

/** Texts of the axes. The bars say the same to a screen reader. */
function words(text: string, x: number, y: number, anchor: string): SVGElement {
  const node = svg("text", { x, y, "text-anchor": anchor, "aria-hidden": "true" });
  node.textContent = text;
  return node;
}

function widest(texts: string[]): number {
  return CHARACTER * Math.max(...texts.map((text) => text.length));
}
