/** Moves between the columns of a plot: by the arrow keys, and by pointing. */

/** By how many columns a key moves. */
const STEPS: Record<string, number> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  Home: -Infinity,
  End: Infinity,
};

/** Tab leads to one column of each panel. *read* gets the label of the column pointed at. */
export class Cursor {
  #period: string | undefined;

  constructor(
    readonly panels: HTMLElement,
    readonly read: (label: string) => void,
  ) {
    panels.addEventListener("keydown", (event) => this.#move(event));
    panels.addEventListener("focusin", (event) => this.#enter(columnAt(event.target)));
    panels.addEventListener("pointerover", (event) => this.#point(columnAt(event.target)));
  }

  /** Keep the place while *draw* replaces the columns. */
  keep(draw: () => void): void {
    const figure = columnAt(document.activeElement)?.closest("figure");
    draw();
    this.#mark();
    figure?.querySelector<SVGElement>('[tabindex="0"]')?.focus();
  }

  #move(event: KeyboardEvent): void {
    const column = columnAt(event.target);
    const step = STEPS[event.key];
    if (!column || !step || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const columns = columnsIn(column.closest("svg"));
    const index = columns.indexOf(column) + step;
    columns[Math.min(Math.max(index, 0), columns.length - 1)]?.focus();
    event.preventDefault();
  }

  #enter(column: SVGElement | null): void {
    if (column) {
      this.#period = column.dataset.period;
      this.#mark();
    }
  }

  #point(column: SVGElement | null | undefined): void {
    if (column) {
      this.read(column.ariaLabel ?? "");
    }
  }

  /** Tab leads to the period that was entered last, or to the newest one. */
  #mark(): void {
    for (const panel of this.panels.querySelectorAll("svg")) {
      const columns = columnsIn(panel);
      const entry = columns.find((each) => each.dataset.period === this.#period) ?? columns.at(-1);
      for (const column of columns) {
        column.tabIndex = column === entry ? 0 : -1;
      }
      this.#point(entry);
    }
  }
}

function columnAt(target: EventTarget | null): SVGElement | null {
  return target instanceof Element ? target.closest<SVGElement>(".plot-column") : null;
}

function columnsIn(panel: Element | null): SVGElement[] {
  return [...(panel?.querySelectorAll<SVGElement>(".plot-column") ?? [])];
}
