/** The drawn part of a plot, with its control. It follows the width that there is. */

import { element } from "../dom.js";
import { count } from "../words.js";
import { numberIn } from "./counts.js";
import type { Counts } from "./counts.js";
import { Cursor } from "./cursor.js";
import { legendOf, stripes } from "./legend.js";
import { drawPanel, gutterOf } from "./panel.js";
import type { Column, Panel } from "./panel.js";
import { countScale, minuteScale } from "./scale.js";
import * as sentences from "./sentences.js";

/** The measure that the person chose last. It holds for the next plot, too. */
let chosen = "resolve";

export class Chart {
  readonly element: HTMLElement;
  readonly #figures = element("div", {});
  // A screen reader reads the bars themselves.
  readonly #readout = element("p", { class: "plot-readout", "aria-hidden": "true" });
  readonly #legend = element("ul", { class: "plot-legend" });
  readonly #cursor = new Cursor(this.#figures, (label) => this.#readout.replaceChildren(label));
  #width = 0;

  constructor(
    readonly counts: Counts,
    readonly locale: string,
  ) {
    const { unit } = counts;
    const incidents = [...counts.rows.values()].map((row) => numberIn(row, "incidents") ?? 0);
    const sum = count(incidents.reduce((total, number) => total + number, 0), "incident");
    const number = element("span", { class: "plot-number" }, sum);
    this.#figures.append(figure(`Incidents per ${unit} `, number));
    if (this.#measure) {
      this.#figures.append(figure(this.#control()));
    }
    this.element = element("div", {}, stripes(), this.#figures, this.#readout, this.#legend);
    new ResizeObserver(([entry]) => this.#fit(entry?.contentRect.width ?? 0)).observe(this.element);
  }

  get #measure(): string | undefined {
    const { measures } = this.counts;
    return measures.includes(chosen) ? chosen : measures[0];
  }

  /** A list to choose which time is drawn. */
  #control(): HTMLElement {
    const options = this.counts.measures.map((measure) => {
      const selected = measure === this.#measure;
      return element("option", { value: measure, selected }, sentences.measureName(measure));
    });
    const select = element("select", {}, ...options);
    select.addEventListener("change", () => {
      chosen = select.value;
      this.#draw();
    });
    return element("label", {}, "Time ", select);
  }

  #fit(width: number): void {
    if (width > 0 && width !== this.#width) {
      this.#width = width;
      this.#draw();
    }
  }

  #draw(): void {
    const panels = [this.#incidents(), ...this.#minutes()];
    const gutter = Math.max(...panels.map(gutterOf));
    this.#cursor.keep(() => {
      panels.forEach((panel, at) => {
        const drawing = drawPanel(panel, this.#width, gutter);
        this.#figures.children[at]?.lastElementChild?.replaceWith(drawing);
      });
    });
    this.#legend.replaceChildren(...legendOf(this.counts, panels, this.locale));
  }

  #incidents(): Panel {
    const columns = this.#columns("incidents", "");
    // A period without incidents has 0 of them, but no minutes.
    const counted = columns.map((column) => ({ ...column, bar: column.bar ?? 0 }));
    return {
      label: `Incidents per ${this.counts.unit}`,
      columns: counted,
      scale: countScale(counted.map((column) => column.bar)),
      tickText: (value) => value.toLocaleString(this.locale, { notation: "compact" }),
      hasAxis: this.#measure === undefined,
    };
  }

  #minutes(): Panel[] {
    const measure = this.#measure;
    if (measure === undefined) {
      return [];
    }
    const columns = this.#columns(`${measure}_p50`, `${measure}_p90`);
    const scale = minuteScale(
      columns.flatMap((column) => column.bar ?? []),
      columns.flatMap((column) => column.mark ?? []),
    );
    const label = `${sentences.measureName(measure)}, per ${this.counts.unit}`;
    const tickText = (value: number) => sentences.minuteTick(value, scale.ticks[1] ?? 1);
    return [{ label, columns, scale, tickText, hasAxis: true }];
  }

  /** The columns with the values of these two columns of the answer. */
  #columns(bar: string, mark: string): Column[] {
    const { counts, locale } = this;
    const hasYears = sentences.hasYears(counts.periods);
    return counts.periods.map((key) => ({
      key,
      label: sentences.barSentence(counts, key, this.#measure, locale),
      bar: numberIn(counts.rows.get(key), bar),
      mark: numberIn(counts.rows.get(key), mark),
      isPartial: counts.partial.has(key),
      tick: sentences.periodTick(counts, key, locale),
      year: hasYears ? key.slice(0, 4) : "",
    }));
  }
}

/** A figure with its caption, and a place for its panel. */
function figure(...caption: (string | Node)[]): HTMLElement {
  return element("figure", {}, element("figcaption", {}, ...caption), element("div"));
}
