/** The drawn part of a plot, with its control. It follows the width that there is. */

import { incidentsOf, type Counts, type Group } from "./counts.js";
import { Cursor } from "./cursor.js";
import { drawLegend, stripes } from "./legend.js";
import { capacity, drawPanel, gutterOf, type Panel } from "./panel.js";
import { INCIDENTS, panelsOf, titleOf } from "./panels.js";
import { remarksOf } from "./remarks.js";
import * as words from "./words.js";

export interface ChartOptions {
  locale: string;
  /** What is chosen at first: a measure of the answer, such as `resolve`. */
  measure?: string;
  /** Called when the person chooses another one. */
  measureChosen?(measure: string): void;
}

const MAX_GROUPS = 6;
const USUAL_MEASURE = "resolve";

export class Chart {
  readonly element = html("div", "plot-chart");
  readonly #panels = html("div", "plot-panels");
  readonly #readout = html("p", "plot-readout");
  readonly #legend = html("ul", "plot-legend");
  readonly #remarks = html("div", "plot-remarks");
  readonly #cursor = new Cursor(this.#panels, (text) => this.#readout.replaceChildren(text));
  readonly #groups: Group[];
  #measure: string | null;
  #width = 0;

  constructor(
    readonly counts: Counts,
    readonly options: ChartOptions,
  ) {
    const choices = counts.dimension ? [INCIDENTS, ...counts.measures] : counts.measures;
    const wanted = [options.measure, counts.dimension ? INCIDENTS : USUAL_MEASURE, choices[0]];
    this.#measure = wanted.find((choice) => choice && choices.includes(choice)) ?? null;
    this.#groups = counts.groups.slice(0, MAX_GROUPS);
    // A screen reader reads the bars themselves.
    this.#readout.ariaHidden = "true";
    const control = this.#control(choices);
    this.#panels.append(...(counts.dimension ? this.#groupFigures() : this.#figures(control)));
    this.element.append(stripes(), this.#panels, this.#readout, this.#legend, this.#remarks);
    if (counts.dimension) {
      this.element.prepend(control);
    }
    new ResizeObserver(([entry]) => this.#fit(entry?.contentRect.width ?? 0)).observe(this.element);
  }

  /** A list to choose from what the bars show. */
  #control(choices: string[]): HTMLElement {
    const select = document.createElement("select");
    select.append(...choices.map((choice) => new Option(titleOf(choice), choice)));
    select.value = this.#measure ?? "";
    select.addEventListener("change", () => {
      this.#measure = select.value;
      this.options.measureChosen?.(select.value);
      this.#draw();
    });
    const label = html("label", "plot-control", this.counts.dimension ? "Show " : "Time ");
    label.append(select);
    return label;
  }

  /** Without groups, the incidents are above the minutes. */
  #figures(control: HTMLElement): HTMLElement[] {
    const { groups, unit } = this.counts;
    const number = groups.reduce((sum, group) => sum + incidentsOf(group), 0);
    const figures = [figure(`Incidents per ${unit}`, this.#number(number))];
    if (this.#measure) {
      figures.push(figure(control));
    }
    return figures;
  }

  #groupFigures(): HTMLElement[] {
    return this.#groups.map((group) => {
      const name = html("bdi", "plot-name", words.groupName(group, this.counts.dimension ?? ""));
      return figure(name, this.#number(incidentsOf(group)));
    });
  }

  #number(incidents: number): HTMLElement {
    const text = words.plural(incidents, "incident", this.options.locale);
    return html("span", "plot-number", text);
  }

  #fit(width: number): void {
    if (width > 0 && width !== this.#width) {
      this.#width = width;
      this.#draw();
    }
  }

  #draw(): void {
    const { counts, options } = this;
    const gutter = Math.max(...this.#panelsFor(counts.periods).map(gutterOf));
    const periods = counts.periods.slice(-capacity(this.#width, gutter));
    const panels = this.#panelsFor(periods);
    this.#cursor.keep(() => this.#show(panels, gutter));
    this.#legend.replaceChildren(...drawLegend(panels));
    const remarks = remarksOf(counts, this.#groups, periods, panels, options.locale);
    this.#remarks.replaceChildren(...remarks.map((text) => html("p", "", text)));
  }

  #panelsFor(periods: string[]): Panel[] {
    const { counts, options } = this;
    const measure = this.#measure === INCIDENTS ? null : this.#measure;
    const shared = { counts, groups: this.#groups, periods, measure, locale: options.locale };
    if (counts.dimension) {
      return panelsOf({ ...shared, what: this.#measure ?? INCIDENTS });
    }
    const incidents = panelsOf({ ...shared, what: INCIDENTS });
    return measure ? [...incidents, ...panelsOf({ ...shared, what: measure })] : incidents;
  }

  /** Each figure gets its panel; the last one has the names of the periods. */
  #show(panels: Panel[], gutter: number): void {
    const figures = [...this.#panels.children];
    panels.forEach((panel, at) => {
      const drawing = drawPanel(panel, this.#width, gutter, at === panels.length - 1);
      figures[at]?.querySelector(".plot-panel")?.replaceWith(drawing);
    });
  }
}

/** A figure with its caption, and a place for its panel. */
function figure(...caption: (string | Node)[]): HTMLElement {
  const element = html("figure", "");
  const captionElement = html("figcaption", "");
  captionElement.append(...caption);
  element.append(captionElement, html("div", "plot-panel"));
  return element;
}

function html(name: string, className: string, text = ""): HTMLElement {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}
