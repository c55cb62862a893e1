/** Who has which role in an incident. */

import { element, foreign } from "./dom.js";
import type { Incident } from "./incident.js";

export function peopleList(incident: Incident): HTMLElement {
  if (incident.roles === undefined) {
    return element("p", { class: "quiet" }, "Not known.");
  }
  if (incident.roles.length === 0) {
    return element("p", { class: "quiet" }, "Nobody is assigned.");
  }
  const rows = incident.roles.flatMap(({ role, person }) => [
    element("dt", {}, foreign(role ?? "No role")),
    element("dd", {}, foreign(person)),
  ]);
  return element("dl", {}, ...rows);
}
