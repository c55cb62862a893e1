/** A severity in words, on its colour. */

import { element } from "./dom.js";
import type { Level } from "./severity.js";

export function chip(name: string, level: Level): HTMLElement {
  return element("span", { class: "chip", "data-level": level }, name);
}
