/** The surroundings of the page: colours, locale and time zone of the host. */

import type { HostContext } from "./host.js";
import { isReadable } from "./readable.js";
import { TimeFormat } from "./times.js";

export class Surroundings {
  #context: HostContext = {};
  format = new TimeFormat();

  /** Take over a change. It has only the members that changed. */
  change(context: HostContext): void {
    this.#context = { ...this.#context, ...context };
    const { theme, variables = {}, locale, timeZone } = this.#context;
    const { style } = document.documentElement;
    style.colorScheme = theme ?? "";
    for (const [name, value] of Object.entries(variables)) {
      style.setProperty(name, value);
    }
    if (!isReadable()) {
      useOwnColours(style);
    }
    this.format = new TimeFormat(locale, timeZone);
  }
}

/** Some of the host's colours do not fit together, or do not fit the page's own. */
function useOwnColours(style: CSSStyleDeclaration): void {
  for (const name of [...style].filter((property) => property.startsWith("--color-"))) {
    style.removeProperty(name);
  }
}
