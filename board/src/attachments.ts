/** The attachments that incident.io has for an incident at Rootly. */

import { CallError, rowsOf } from "./answers.js";
import type { Answer } from "./answers.js";
import { names, object, objects, text } from "./json.js";
import type { JsonObject } from "./json.js";

/** Calls `list_attachments`. */
export type Call = (args: JsonObject) => Promise<Answer>;

/** A thing outside both vendors that both know. */
export interface Resource {
  /** How incident.io calls its type. */
  readonly type: string;
  readonly ids: string[];
}

export interface Attachments {
  /** Incidents at incident.io, with what is attached to each. */
  readonly incidents: AttachedIncident[];
  /** What could not be asked, in words. */
  readonly failures: string[];
}

export interface AttachedIncident {
  readonly name: string;
  readonly status: string | undefined;
  readonly url: string | undefined;
  readonly rows: JsonObject[];
  readonly notes: string[];
  /** There are more than these rows. */
  readonly isCut: boolean;
}

/** Fields of a Rootly incident, by the type of the same thing at incident.io. */
const SHARED: Record<string, readonly string[]> = {
  pager_duty_incident: ["pagerduty_incident_id"],
  opsgenie_alert: ["opsgenie_alert_id"],
  jira_issue: ["jira_issue_id", "jira_issue_key"],
  zendesk_ticket: ["zendesk_ticket_id"],
};

/** More incidents at incident.io for one at Rootly would be a mistake of the ids. */
const MOST_INCIDENTS = 3;

/** What incident.io may know of a Rootly incident. */
export function sharedResources(row: JsonObject): Resource[] {
  return Object.entries(SHARED).flatMap(([type, fields]) => {
    const ids = fields.flatMap((field) => text(row[field]) ?? []);
    return ids.length === 0 ? [] : [{ type, ids }];
  });
}

/** Find the incidents to which the *resources* are attached, and all that these have. */
export async function findAttachments(
  resources: readonly Resource[],
  call: Call,
): Promise<Attachments> {
  const failures: string[] = [];
  const rows = await Promise.all(
    resources.map(({ type, ids }) =>
      attachedRows(call, { resource_type: type, external_id: ids }, failures),
    ),
  );
  const ids = new Set(rows.flat().flatMap((row) => text(row.incident_id) ?? []));
  const incidents = await Promise.all(
    [...ids].slice(0, MOST_INCIDENTS).map((id) => attachedTo(id, call, failures)),
  );
  return { incidents: incidents.flatMap((incident) => incident ?? []), failures };
}

async function attachedRows(
  call: Call,
  args: JsonObject,
  failures: string[],
): Promise<JsonObject[]> {
  const answer = await attempt(call, args, failures);
  for (const [id, error] of Object.entries(object(answer?.failed))) {
    failures.push(`${id}: ${text(object(error).message) ?? "the request failed"}`);
  }
  return objects(answer?.attachments);
}

async function attachedTo(
  id: string,
  call: Call,
  failures: string[],
): Promise<AttachedIncident | undefined> {
  const answer = await attempt(call, { incident_id: id, include_incident: true }, failures);
  if (answer === undefined) {
    return undefined;
  }
  const [incident = {}] = objects(answer.attached_to);
  return {
    name: [text(incident.reference), text(incident.name)].filter(Boolean).join(" ") || id,
    status: text(incident.status),
    url: text(incident.permalink),
    rows: objects(answer.attachments),
    notes: names(answer.notes),
    isCut: answer.next !== undefined,
  };
}

async function attempt(
  call: Call,
  args: JsonObject,
  failures: string[],
): Promise<Answer | undefined> {
  try {
    const answer = await call(args);
    rowsOf(answer, "attachments");
    return answer;
  } catch (error) {
    if (!(error instanceof CallError)) {
      throw error;
    }
    failures.push(error.message);
    return undefined;
  }
}
