/** When an incident ran, in words. */

import { element } from "./dom.js";
import type { Incident } from "./incident.js";
import { instant } from "./json.js";
import { duration } from "./times.js";
import type { Present } from "./view.js";
import { spaced } from "./words.js";

const OVER = new Set(["resolved", "closed", "cancelled", "completed"]);

/** Since when, and how long. The line can break only between the two. */
export function sinceWords(incident: Incident, present: Present): Node[] {
  if (incident.since === undefined) {
    return [element("span", {}, "start not known")];
  }
  const { format, now } = present;
  if (incident.isMaintenance && incident.since > now) {
    return [element("span", {}, `planned for ${format.moment(incident.since, now)}`)];
  }
  const parts = format.since(incident.since, now);
  return parts.flatMap((part) => [element("span", { class: "whole" }, part), new Text(" ")]);
}

/** How long it has been going on, or when it was. */
export function runWords(incident: Incident, present: Present): (Node | string)[] {
  if (!isOver(incident)) {
    return sinceWords(incident, present);
  }
  const end = endOf(incident);
  if (incident.since === undefined || end === undefined) {
    return [];
  }
  const start = present.format.moment(incident.since, present.now);
  const last = present.format.moment(end, present.now);
  const length = duration(Math.max(0, end - incident.since));
  return [`from ${start} to ${last}, ${length}`];
}

export function isOver(incident: Incident): boolean {
  return OVER.has(incident.status ?? "");
}

function endOf(incident: Incident): number | undefined {
  const { resolved_at, closed_at, cancelled_at } = incident.row;
  return instant(resolved_at) ?? instant(closed_at) ?? instant(cancelled_at);
}

/** That an incident is over, and since when. */
export function endText(incident: Incident, present: Present): string {
  const at = instant(incident.row[`${incident.status}_at`]);
  const when = at === undefined ? "" : ` since ${present.format.moment(at, present.now)}`;
  return `No longer live: ${spaced(incident.status ?? "")}${when}.`;
}
