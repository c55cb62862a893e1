/** What is said above the list: how many incidents, and what is missing. */

import type { Answer } from "./answers.js";
import { element, foreign } from "./dom.js";
import { digits } from "./json.js";
import { level, severityLabel } from "./severity.js";
import type { Group } from "./severity_group.js";

/**
 * "10 live: 1 SEV0, 2 SEV1. Only services: checkout-api". *isAll*: nothing is missing. *similar*:
 * names to try instead of those of the *filters*.
 */
export function summary(
  groups: readonly Group[],
  isAll: boolean,
  filters: string,
  similar: string,
): (Node | string)[] {
  const only = filters === "" ? [] : [" Only ", foreign(filters), "."];
  if (groups.length === 0 && !isAll) {
    return ["Nothing is shown.", ...only];
  }
  if (groups.length === 0) {
    const others = similar === "" ? [] : [" Similar names that exist: ", foreign(similar), "."];
    return [element("strong", { class: "empty" }, "Nothing is live."), ...only, ...others];
  }
  const counts = groups.map((group) => `${group.incidents.length} ${group.counted}`);
  const number = groups.reduce((sum, group) => sum + group.incidents.length, 0);
  const total = element("strong", {}, `${number} ${isAll ? "live" : "shown"}`);
  return [total, ": ", foreign(counts.join(", ")), ".", ...only];
}

/** What is missing from an answer that is not all. */
export function notAll(answer: Answer, rows: number): string {
  const total = digits(answer.total);
  if (total !== undefined && Number(total) > rows) {
    return `${rows} of ${total} shown, the newest. A worse one may be among the others.`;
  }
  if (total === undefined && answer.next !== undefined) {
    return `${rows} shown, the newest, and there are more. A worse one may be among them.`;
  }
  return "";
}

/**
 * Why the first incident of *group*, which is the first group, stands out.
 *
 * Only known severities have a worst one.
 */
export function markOf(group: Group, isAll: boolean): string | undefined {
  const [incident] = group.incidents;
  if (incident === undefined) {
    return undefined;
  }
  if (incident.isMaintenance) {
    return undefined;
  }
  if (level(incident.severity) === "unknown") {
    return "First in the list";
  }
  const number = group.incidents.length;
  const place = number === 1 ? "" : `, first of ${number}`;
  return `${isAll ? "Worst now" : "Worst of these"}: ${severityLabel(incident.severity)}${place}`;
}
