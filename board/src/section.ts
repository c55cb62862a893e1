/** A part of the page with a heading. */

import { element } from "./dom.js";

export interface Section {
  readonly element: HTMLElement;
  readonly body: HTMLElement;
}

export function section(heading: string, id: string): Section {
  const title = element("h2", { id }, heading);
  const body = element("div");
  return { element: element("section", { "aria-labelledby": id }, title, body), body };
}
