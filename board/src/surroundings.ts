/** The surroundings of the page: colours, locale and time zone of the host. */

import type { HostContext } from "./host.js";
import { TimeFormat } from "./times.js";

export class Surroundings {
  #context: HostContext = {};
  format = new TimeFormat();

  /** Take over a change. It has only the members that changed. */
  change(context: HostContext): void {
    this.#context = { ...this.#context, ...context };
    const { theme, variables, locale, timeZone } = this.#context;
    const root = document.documentElement;
    root.style.colorScheme = theme ?? "";
    for (const [name, value] of Object.entries(variables ?? {})) {
      root.style.setProperty(name, value);
    }
    this.format = new TimeFormat(locale, timeZone);
  }
}
