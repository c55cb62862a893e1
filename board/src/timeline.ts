/** What happened in an incident, in one order: its own times, events, sub-statuses and alerts. */

import { instant, objects, text } from "./json.js";
import type { JsonObject } from "./json.js";
import { spaced } from "./words.js";

export interface Entry {
  /** Undefined: not known. */
  readonly at: number | undefined;
  /** What kind of entry it is, if that is not an event. */
  readonly kind: string;
  readonly text: string;
}

const MOMENTS: Record<string, string> = {
  created_at: "Declared",
  in_triage_at: "In triage",
  started_at: "Started",
  detected_at: "Detected",
  acknowledged_at: "Acknowledged",
  mitigated_at: "Mitigated",
  resolved_at: "Resolved",
  closed_at: "Closed",
  cancelled_at: "Cancelled",
};

/** The person of a moment, where Rootly tells it. */
const PEOPLE: Record<string, string> = {
  created_at: "user",
  in_triage_at: "in_triage_by",
  started_at: "started_by",
  mitigated_at: "mitigated_by",
  resolved_at: "resolved_by",
  closed_at: "closed_by",
  cancelled_at: "cancelled_by",
};

/** The newest first; entries without a time at the end. */
export function timeline(row: JsonObject): Entry[] {
  const entries = [...moments(row), ...events(row), ...subStatuses(row), ...alerts(row)];
  return entries.reverse().sort((one, other) => (other.at ?? 0) - (one.at ?? 0));
}

function moments(row: JsonObject): Entry[] {
  return Object.entries(MOMENTS).flatMap(([field, name]) => {
    const at = instant(row[field]);
    const person = text(row[PEOPLE[field] ?? ""]);
    const by = person === undefined ? "" : `by ${person}`;
    return at === undefined ? [] : [{ at, kind: name, text: by }];
  });
}

function events(row: JsonObject): Entry[] {
  return objects(row.events).map((event) => ({
    at: instant(event.at),
    kind: "",
    text: text(event.text) ?? "An event without a text",
  }));
}

function subStatuses(row: JsonObject): Entry[] {
  return objects(row.sub_statuses).map((entry) => ({
    at: instant(entry.at),
    kind: "Status",
    text: text(entry.name) ?? "without a name",
  }));
}

function alerts(row: JsonObject): Entry[] {
  return objects(row.alerts).map((alert) => {
    const status = text(alert.status);
    const state = status === undefined ? "" : ` (${spaced(status)})`;
    const source = text(alert.source);
    const kind = source === undefined ? "Alert" : `Alert of ${source}`;
    return { at: instant(alert.at), kind, text: (text(alert.summary) ?? "without a text") + state };
  });
}
