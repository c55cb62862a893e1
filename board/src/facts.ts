/** The facts of an incident that have no place of their own. */

import { element, foreign } from "./dom.js";
import type { Incident } from "./incident.js";
import { list, names, object, text } from "./json.js";
import type { Json } from "./json.js";

/** Fields and their names on the page. */
const FACTS: Record<string, string> = {
  services: "Services",
  environments: "Environments",
  teams: "Teams",
  types: "Types",
  functionalities: "Functionalities",
  labels: "Labels",
  mitigation_message: "Mitigation",
  resolution_message: "Resolution",
  cancellation_message: "Cancellation",
  slack_channel_name: "Slack channel",
  source: "Declared with",
  user: "Declared by",
};

export function factsOf(incident: Incident): HTMLElement {
  const rows = Object.entries(FACTS).flatMap(([field, name]) => {
    const value = words(incident.row[field]);
    return value === "" ? [] : [element("dt", {}, name), element("dd", {}, foreign(value))];
  });
  return element("dl", {}, ...rows);
}

/** A value of a field, in words. */
function words(value: Json | undefined): string {
  if (Array.isArray(value)) {
    return names(list(value)).join(", ");
  }
  const single = text(value);
  if (single !== undefined) {
    return single;
  }
  const labels = Object.entries(object(value));
  return labels.map(([key, label]) => `${key}: ${String(label)}`).join(", ");
}
