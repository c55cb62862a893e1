/** Moves between the columns of a plot: by the arrow keys, and by pointing. */

/** By how many columns a key moves. */
const STEPS: Record<string, number> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  Home: -Infinity,
  End: Infinity,
};

/** Of the columns in *panels*, Tab leads to one in each panel. The text of a column is *read*. */
export class Cursor {
  #period: string | null = null;

  constructor(
    readonly panels: HTMLElement,
    readonly read: (text: string) => void,
  ) {
    panels.addEventListener("keydown", (event) => this.#move(event));
    panels.addEventListener("focusin", (event) => this.#enter(columnAt(event.target)));
    panels.addEventListener("pointerover", (event) => this.#point(columnAt(event.target)));
  }

  /** Keep the place while *draw* replaces the columns. */
  keep(draw: () => void): void {
    const panel = columnAt(document.activeElement)?.closest("figure");
    draw();
    this.#mark();
    if (panel && this.panels.contains(panel)) {
      panel.querySelector<SVGElement>('[tabindex="0"]')?.focus();
    }
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
      this.#period = column.dataset.period ?? null;
      this.#mark();
      this.#point(column);
    }
  }

  #point(column: SVGElement | null): void {
    if (column) {
      this.read(column.ariaLabel ?? "");
    }
  }

  /** Tab leads to the last period that was entered, or to the newest one. */
  #mark(): void {
    for (const panel of this.panels.querySelectorAll("svg")) {
      const columns = columnsIn(panel);
      const current = columns.find((column) => column.dataset.period === this.#period);
      const entry = current ?? columns.at(-1);
      for (const column of columns) {
        column.tabIndex = column === entry ? 0 : -1;
      }
      this.#point(entry ?? null);
    }
  }
}

function columnAt(target: EventTarget | null): SVGElement | null {
  return target instanceof Element ? target.closest<SVGElement>(".plot-column") : null;
}

function columnsIn(panel: Element | null): SVGElement[] {
  return [...(panel?.querySelectorAll<SVGElement>(".plot-column") ?? [])];
}
