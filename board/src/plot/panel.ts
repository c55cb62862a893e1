/** One panel of a plot: a bar for each period, drawn as SVG in the width that there is. */

import type { Scale } from "./scale.js";
import { svg, type Attributes } from "./svg.js";

export interface Column {
  /** The period. */
  key: string;
  /** What a screen reader says. */
  label: string;
  /** The height of the bar. Null if there is no value, which is not the same as 0. */
  bar: number | null;
  /** The 9-of-10 mark, if it has one. */
  mark: number | null;
  isPartial: boolean;
}

export interface Panel {
  /** What the panel shows, for screen readers. */
  label: string;
  columns: Column[];
  scale: Scale;
  tickText(value: number): string;
  /** The text of a value that is cut. */
  valueText(value: number): string;
  /** The name of a period below its bar, and the year if it is a new one. */
  axis: Map<string, { name: string; year: string }>;
}

const HEIGHT = 104;
/** Room for what is written above the bars, and for half the text of the highest tick. */
const TOP = 16;
const LINE_HEIGHT = 15;
/** No character of the axis is wider, on average. The text has 12 pixels. */
const CHARACTER = 7;
const GAP = 8;
/** Half the width of an arrow, and some room beside it. */
const ARROW = 6;
const MAX_BAR = 44;
/** A narrower column cannot be seen, and not be pointed at. */
const MIN_STEP = 3;

/** How many periods can be drawn in *width*. */
export function capacity(width: number, gutter: number): number {
  return Math.max(1, Math.floor((width - gutter) / MIN_STEP));
}

/** The room to the left of the bars that the ticks of a panel need. */
export function gutterOf(panel: Panel): number {
  return widest(panel.scale.ticks.map((tick) => panel.tickText(tick))) + GAP;
}

export function drawPanel(
  panel: Panel,
  width: number,
  gutter: number,
  hasAxis: boolean,
): SVGSVGElement {
  const hasYears = [...panel.axis.values()].some((period) => period.year);
  const axisLines = hasYears ? 2 : 1;
  const height = TOP + HEIGHT + 4 + (hasAxis ? axisLines * LINE_HEIGHT : 0);
  const root = svg("svg", {
    class: "plot-panel",
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: "group",
    "aria-label": panel.label,
  });
  root.append(...ticks(panel, width, gutter));
  const step = (width - gutter - overhang(panel, width - gutter)) / panel.columns.length;
  panel.columns.forEach((column, index) => {
    root.append(drawColumn(panel, column, gutter + index * step, step));
  });
  root.append(...cutValues(panel, gutter, step));
  if (hasAxis) {
    root.append(...axisNames(panel, gutter, step));
  }
  return root;
}

function ticks(panel: Panel, width: number, gutter: number): SVGElement[] {
  return panel.scale.ticks.flatMap((tick) => {
    const y = yOf(panel.scale, tick);
    const line = svg("line", { class: "plot-grid", x1: gutter, x2: width, y1: y, y2: y });
    const text = { x: gutter - GAP, y: y + 4, "text-anchor": "end" };
    return [line, label(panel.tickText(tick), text)];
  });
}

/** A column can be pointed at in its whole height. */
function drawColumn(panel: Panel, column: Column, x: number, step: number) {
  const group = svg("g", {
    class: column.isPartial ? "plot-column plot-partial" : "plot-column",
    role: "img",
    tabindex: -1,
    "aria-label": column.label,
  });
  group.dataset.period = column.key;
  group.append(svg("rect", { class: "plot-area", x, y: 0, width: step, height: TOP + HEIGHT }));
  const width = Math.max(1, Math.min(0.72 * step, MAX_BAR));
  const left = x + (step - width) / 2;
  if (column.bar === null) {
    const y = TOP + HEIGHT - 4;
    group.append(svg("rect", { class: "plot-none", x: left, y, width, height: 2 }));
    return group;
  }
  const y = yOf(panel.scale, column.bar);
  group.append(...bar(panel.scale, column.bar, left, width));
  if (column.mark !== null) {
    group.append(mark(panel.scale, column.mark, x + step / 2, y, width));
  }
  if (heightOf(column) > panel.scale.top) {
    group.append(arrow(x + step / 2));
  }
  return group;
}

/** A bar that is cut has a gap near its upper end. */
function bar(scale: Scale, value: number, x: number, width: number): SVGElement[] {
  const rectangle = (y: number, end: number) =>
    svg("rect", { class: "plot-bar", x, y, width, height: end - y });
  const y = yOf(scale, value);
  if (value <= scale.top) {
    return [rectangle(y, TOP + HEIGHT)];
  }
  return [rectangle(y, y + 8), rectangle(y + 12, TOP + HEIGHT)];
}

/** From the bar up to the mark, with a line across at its end if that is not cut. */
function mark(scale: Scale, value: number, x: number, from: number, width: number): SVGElement {
  const y = yOf(scale, value);
  const half = Math.min(width / 2, 5);
  const across = value > scale.top ? "" : `M${x - half} ${y}H${x + half}`;
  return svg("path", { class: "plot-mark", d: `M${x} ${from}V${y}${across}` });
}

/** Points up, at a value that is higher than the plot. */
function arrow(x: number): SVGElement {
  const d = `M${x - 4} ${TOP + 1}L${x} ${TOP - 5}L${x + 4} ${TOP + 1}Z`;
  return svg("path", { class: "plot-arrow", d });
}

/** The values that are cut, as far as there is room for their text beside the arrows. */
function cutValues(panel: Panel, gutter: number, step: number): SVGElement[] {
  const { columns, scale } = panel;
  const xOf = (index: number) => gutter + (index + 0.5) * step;
  const cut = columns.flatMap((column, index) => (heightOf(column) > scale.top ? [index] : []));
  const texts: SVGElement[] = [];
  let free = gutter;
  cut.forEach((index, at) => {
    const next = cut[at + 1];
    const end = next === undefined ? xOf(columns.length) : xOf(next) - ARROW;
    const text = panel.valueText(heightOf(columns[index]));
    const width = widest([text]);
    const [left, right] = [xOf(index) - ARROW - width, xOf(index) + ARROW];
    const start = right + width <= end ? right : left;
    if (start >= free) {
      texts.push(label(text, { x: start, y: TOP - 4 }));
    }
    free = Math.max(start + width, right) + GAP;
  });
  return texts;
}

export function heightOf(column: Column | undefined): number {
  return Math.max(column?.bar ?? 0, column?.mark ?? 0);
}

/** How far the newest name would reach beyond bars that have the whole *width*. */
function overhang(panel: Panel, width: number): number {
  return Math.max(0, widest(namesOf(panel)) / 2 - width / panel.columns.length / 2);
}

function namesOf(panel: Panel): string[] {
  return [...panel.axis.values()].map((period) => period.name);
}

/** The names of as many periods as there is room for. The newest always has one. */
function axisNames(panel: Panel, gutter: number, step: number): SVGElement[] {
  const stride = Math.max(1, Math.ceil((widest(namesOf(panel)) + GAP) / step));
  const newest = panel.columns.length - 1;
  const y = TOP + HEIGHT + LINE_HEIGHT;
  let year = "";
  return panel.columns.flatMap((column, index) => {
    const period = panel.axis.get(column.key);
    if (!period || (newest - index) % stride !== 0) {
      return [];
    }
    const x = gutter + (index + 0.5) * step;
    const texts = [label(period.name, { x, y, "text-anchor": "middle" })];
    if (period.year !== year) {
      year = period.year;
      texts.push(label(year, { x, y: y + LINE_HEIGHT, "text-anchor": "middle" }));
    }
    return texts;
  });
}

function label(text: string, attributes: Attributes): SVGElement {
  const node = svg("text", { "aria-hidden": "true", ...attributes });
  node.textContent = text;
  return node;
}

function yOf(scale: Scale, value: number): number {
  return TOP + HEIGHT * (1 - Math.min(value, scale.top) / scale.top);
}

function widest(texts: string[]): number {
  return CHARACTER * Math.max(0, ...texts.map((text) => text.length));
}
