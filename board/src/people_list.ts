/** Who has which role in an incident. */

import { element, foreign, quiet } from "./dom.js";
import type { Incident } from "./incident.js";

export function peopleList(incident: Incident): HTMLElement {
  if (incident.roles === undefined) {
    return quiet("Not known.");
  }
  if (incident.roles.length === 0) {
    return quiet("Nobody is assigned.");
  }
  const rows = incident.roles.flatMap(({ role, person }) => [
    element("dt", {}, foreign(role ?? "No role")),
    element("dd", {}, foreign(person)),
  ]);
  return element("dl", {}, ...rows);
}
