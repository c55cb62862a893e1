/** Incidents of one severity, or the maintenance. */

import type { Incident } from "./incident.js";
import { level, severityLabel } from "./severity.js";
import type { Level } from "./severity.js";

export interface Group {
  readonly name: string;
  /** How it is called after a number. */
  readonly counted: string;
  readonly level: Level;
  readonly incidents: Incident[];
}

/** Incidents in order, divided where the severity changes. */
export function grouped(incidents: readonly Incident[]): Group[] {
  const groups = new Map<string, Group>();
  for (const incident of incidents) {
    const empty = groupOf(incident);
    const group = groups.get(empty.name) ?? empty;
    group.incidents.push(incident);
    groups.set(group.name, group);
  }
  return [...groups.values()];
}

/** The group of an incident, without incidents. */
function groupOf({ severity, isMaintenance }: Incident): Group {
  if (isMaintenance) {
    return { name: "Maintenance", counted: "maintenance", level: "unknown", incidents: [] };
  }
  const name = severityLabel(severity);
  const counted = severity === undefined ? "without a severity" : name;
  return { name, counted, level: level(severity), incidents: [] };
}
