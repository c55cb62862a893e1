/** The top of the page: heading, age of the data, and what a person can do. */

import { button, element, setText } from "./dom.js";

/** A button at the top that leads to another view. */
export interface NavigationButton {
  readonly label: string;
  readonly go: () => void;
}

/** The buttons that lead out of a view. *other* stands beside the refresh button. */
export interface Navigation {
  readonly back?: NavigationButton | undefined;
  readonly other?: NavigationButton | undefined;
}

export class Header {
  readonly element = element("header");
  readonly #back = button("", () => this.#navigation.back?.go(), "back");
  readonly #heading = element("h1", { tabindex: "-1" });
  readonly #title = element("bdi");
  readonly #age = element("p", { class: "age" });
  readonly #refresh: HTMLButtonElement;
  readonly #other = button("", () => this.#navigation.other?.go());
  #navigation: Navigation = {};

  constructor(refresh: () => void) {
    this.#refresh = button("Refresh now", refresh);
    this.#heading.append(this.#title);
    const tools = element("div", { class: "tools" }, this.#age, this.#refresh, this.#other);
    this.element.append(this.#back, this.#heading, tools);
  }

  show(heading: string, navigation: Navigation): void {
    this.#navigation = navigation;
    this.title(heading);
    setText(this.#back, navigation.back?.label ?? "");
    setText(this.#other, navigation.other?.label ?? "");
    this.#back.hidden = navigation.back === undefined;
    this.#other.hidden = navigation.other === undefined;
  }

  title(heading: string): void {
    setText(this.#title, heading);
    document.title = `${heading} – Incident Desk`;
  }

  age(text: string): void {
    setText(this.#age, text);
  }

  /** Whether the person can refresh, and whether a call is under way. */
  refreshing(canRefresh: boolean, isBusy: boolean): void {
    this.#refresh.hidden = !canRefresh;
    // A disabled button would lose the focus.
    this.#refresh.setAttribute("aria-disabled", String(isBusy));
    setText(this.#refresh, isBusy ? "Refreshing …" : "Refresh now");
  }

  focus(): void {
    this.#heading.focus();
  }
}
