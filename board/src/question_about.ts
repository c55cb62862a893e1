/** What a person asks a model about one incident. */

import type { Incident } from "./incident.js";
import { members } from "./json.js";
import type { JsonObject } from "./json.js";

/** The facts that go beside the question. Texts of strangers stand only here, as data. */
const FACTS = [
  "sequential_id",
  "title",
  "status",
  "severity",
  "kind",
  "services",
  "environments",
  "teams",
  "started_at",
  "mitigated_at",
  "resolved_at",
  "url",
  "roles",
];

export function questionAbout(incident: Incident): string {
  const name = incident.number === undefined ? "the incident" : `incident #${incident.number}`;
  return `Tell me about ${name} in Rootly: what is known, what was tried, did it happen before?`;
}

export function factsFor(incident: Incident): JsonObject {
  return { "incident at Rootly": members(incident.row, FACTS) };
}
