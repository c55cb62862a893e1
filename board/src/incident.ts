/** One incident: a row of `list_incidents`. */

import { rowsOf } from "./answers.js";
import type { Answer } from "./answers.js";
import { digits, instant, names, objects, text } from "./json.js";
import type { JsonObject } from "./json.js";

export interface Incident {
  /** The same for the same incident in each answer. */
  readonly key: string;
  /** Its number. Without one it cannot be asked for by itself. */
  readonly number: string | undefined;
  readonly title: string;
  readonly severity: string | undefined;
  readonly status: string | undefined;
  /** `normal` for most. */
  readonly kind: string;
  readonly isMaintenance: boolean;
  readonly isPrivate: boolean;
  readonly services: string[];
  readonly environments: string[];
  readonly teams: string[];
  /** When it started, or was created if there is no start. */
  readonly since: number | undefined;
  readonly url: string | undefined;
  /** Undefined: it is not known who has a role. Empty: nobody has one. */
  readonly roles: Assignment[] | undefined;
  readonly row: JsonObject;
}

/** A person with a role. The names of roles are an organisation's own. */
export interface Assignment {
  readonly role: string | undefined;
  readonly person: string;
}

/** The rows of an answer. */
export function readIncidents(answer: Answer): Incident[] {
  const areRolesKnown = !saysUnknown(answer, "roles");
  const rows = objects(rowsOf(answer, "incidents"));
  return rows.map((row, place) => readIncident(row, place, areRolesKnown));
}

/** The assigned roles of a row. Undefined: Rootly names an assignment, but not who it is. */
function readRoles(row: JsonObject): Assignment[] | undefined {
  const entries = objects(row.roles);
  const assigned = entries.flatMap((entry) => {
    const person = text(entry.person);
    return person === undefined ? [] : [{ role: text(entry.role), person }];
  });
  const hasUnknown = entries.some((entry) => entry.id !== undefined);
  return assigned.length === 0 && hasUnknown ? undefined : assigned;
}

function readIncident(row: JsonObject, place: number, areRolesKnown: boolean): Incident {
  const number = digits(row.sequential_id);
  const kind = text(row.kind) ?? "normal";
  const status = text(row.status);
  const hasRoles = row.roles !== undefined || (areRolesKnown && row.unreadable !== true);
  return {
    key: number ?? text(row.id) ?? text(row.url) ?? `row ${place}`,
    number,
    title: text(row.title) ?? missingTitle(row),
    severity: text(row.severity),
    status,
    kind,
    isMaintenance: kind.startsWith("scheduled") || status === "in_progress",
    isPrivate: row.private === true,
    services: names(row.services),
    environments: names(row.environments),
    teams: names(row.teams),
    since: instant(row.started_at) ?? instant(row.created_at),
    url: text(row.url),
    roles: hasRoles ? readRoles(row) : undefined,
    row,
  };
}

function missingTitle(row: JsonObject): string {
  return row.unreadable === true ? "An incident that cannot be read" : "Without a title";
}

/** A relation without entries is left out of a row. Only a note tells that it is not known. */
export function saysUnknown(answer: Answer, relation: string): boolean {
  const notes = names(answer.notes);
  return notes.some((note) => note.startsWith("Not known") && note.includes(`${relation} (`));
}
