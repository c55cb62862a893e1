/** The timeline of an incident on the page. */

import { element, foreign } from "./dom.js";
import type { Entry } from "./timeline.js";
import type { Present } from "./view.js";

export function timelineList(entries: readonly Entry[], present: Present): HTMLElement {
  const rows = entries.map((entry) => {
    const when = entry.at === undefined ? "time not known" : momentOf(entry.at, present);
    const kind = entry.kind === "" ? [] : [element("strong", {}, foreign(entry.kind)), " "];
    const what = element("span", {}, ...kind, foreign(entry.text));
    return element("li", {}, element("span", { class: "when" }, when), what);
  });
  return element("ol", { class: "timeline", role: "list" }, ...rows);
}

function momentOf(at: number, present: Present): HTMLElement {
  const moment = present.format.moment(at, present.now);
  return element("time", { datetime: new Date(at).toISOString() }, moment);
}
