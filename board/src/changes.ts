/** What changed from one list of incidents to the next. */

import { count } from "./words.js";
import type { Incident } from "./incident.js";
import { severityLabel } from "./severity.js";

export interface Changes {
  readonly added: ReadonlySet<string>;
  /** In words, for a person who cannot see the page. Empty if nothing changed. */
  readonly text: string;
}

export function changes(before: readonly Incident[], after: readonly Incident[]): Changes {
  const old = new Map(before.map((incident) => [incident.key, incident]));
  const added = after.filter((incident) => !old.has(incident.key));
  const remaining = after.length - added.length;
  const gone = before.length - remaining;
  const changed = after.filter((incident) => differs(old.get(incident.key), incident));
  return {
    added: new Set(added.map((incident) => incident.key)),
    text: sentences(added, gone, changed.length),
  };
}

function sentences(added: readonly Incident[], gone: number, changed: number): string {
  const parts: string[] = [];
  if (added.length > 0) {
    parts.push(`${added.length} new: ${added.slice(0, 3).map(name).join("; ")}.`);
  }
  if (gone > 0) {
    parts.push(`${gone} no longer in the list.`);
  }
  if (changed > 0) {
    parts.push(`${count(changed, "incident")} changed.`);
  }
  return parts.join(" ");
}

function name(incident: Incident): string {
  return `${severityLabel(incident.severity)}, ${incident.title}`;
}

function differs(before: Incident | undefined, after: Incident): boolean {
  if (before === undefined) {
    return false;
  }
  return before.status !== after.status || before.severity !== after.severity;
}
