/** The live incidents, grouped by severity, the worst first. */

import { digits } from "./answers.js";
import type { Answer, JsonObject } from "./answers.js";
import { changes } from "./changes.js";
import { arrange, element, keepFocus, setChildren, setText } from "./dom.js";
import { readIncidents } from "./incident.js";
import type { Incident } from "./incident.js";
import { IncidentRow } from "./incident_row.js";
import { Notes } from "./notes.js";
import { PATIENCE_MS } from "./patience.js";
import { filterText } from "./question.js";
import { level, severityLabel, worstFirst } from "./severity.js";
import { EVERY_MS } from "./view.js";
import type { Present, View } from "./view.js";
import { count } from "./words.js";

/** Incidents of one severity, or the maintenance. */
interface Group {
  readonly name: string;
  readonly level: string;
  readonly incidents: Incident[];
}

/** The elements of a group. */
interface Section {
  readonly element: HTMLElement;
  readonly heading: HTMLElement;
  readonly list: HTMLElement;
}

export class LiveView implements View {
  readonly heading = "Live incidents";
  readonly everyMs = EVERY_MS;
  readonly isPreview = false;
  readonly patienceMs = PATIENCE_MS;
  readonly element = element("div", { class: "live" });
  readonly #summary = element("p", { class: "summary" });
  readonly #warning = element("p", { class: "warning", hidden: true });
  readonly #groups = element("div", { class: "groups" });
  readonly #notes = new Notes();
  readonly #sections = new Map<string, Section>();
  readonly #rows = new Map<string, IncidentRow>();
  #incidents: Incident[] | undefined;

  constructor(
    readonly question: JsonObject,
    private readonly open: (incident: Incident) => void,
  ) {
    this.element.append(this.#summary, this.#warning, this.#groups, this.#notes.element);
  }

  show(answer: Answer, present: Present): string {
    const incidents = worstFirst(readIncidents(answer));
    const difference = changes(this.#incidents ?? incidents, incidents);
    const groups = grouped(incidents);
    setChildren(this.#summary, ...summary(incidents, groups, filterText(this.question)));
    const missing = notAll(answer, incidents.length);
    setText(this.#warning, missing);
    this.#warning.hidden = missing === "";
    this.#notes.show(answer);
    keepFocus(() => this.#arrange(groups, difference.added));
    this.#incidents = incidents;
    this.tick(present);
    return difference.text;
  }

  tick(present: Present): void {
    for (const row of this.#rows.values()) {
      row.tick(present);
    }
  }

  close(): void {}

  /** Give the focus to an incident. False: it is not in the list. */
  focus(key: string): boolean {
    const row = this.#rows.get(key);
    row?.focus();
    return row !== undefined;
  }

  #arrange(groups: Group[], added: ReadonlySet<string>): void {
    const worst = groups[0]?.incidents[0];
    const keys = new Set(groups.flatMap((group) => group.incidents.map(({ key }) => key)));
    for (const group of groups) {
      const rows = group.incidents.map((incident) => {
        const row = this.#rowOf(incident);
        const isWorst = incident === worst && !incident.isMaintenance;
        row.update(incident, isWorst, added.has(incident.key));
        return row.element;
      });
      const section = this.#sectionOf(group);
      setChildren(section.heading, ...groupHeading(group));
      arrange(section.list, rows);
    }
    arrange(
      this.#groups,
      groups.map((group) => this.#sectionOf(group).element),
    );
    for (const key of [...this.#rows.keys()].filter((key) => !keys.has(key))) {
      this.#rows.delete(key);
    }
  }

  #rowOf(incident: Incident): IncidentRow {
    const row = this.#rows.get(incident.key) ?? new IncidentRow(incident, this.open);
    this.#rows.set(incident.key, row);
    return row;
  }

  #sectionOf(group: Group): Section {
    const existing = this.#sections.get(group.name);
    if (existing !== undefined) {
      return existing;
    }
    const id = `group-${this.#sections.size}`;
    const heading = element("h2", { id });
    const list = element("ul", { class: "incidents", role: "list", "aria-labelledby": id });
    const section = element("section", { class: "group", "aria-labelledby": id }, heading, list);
    const created = { element: section, heading, list };
    this.#sections.set(group.name, created);
    return created;
  }
}

/** Incidents in order, divided where the severity changes. */
function grouped(incidents: readonly Incident[]): Group[] {
  const groups = new Map<string, Group>();
  for (const incident of incidents) {
    const name = incident.isMaintenance ? "Maintenance" : severityLabel(incident.severity);
    const shade = incident.isMaintenance ? "unknown" : level(incident.severity);
    const group = groups.get(name) ?? { name, level: shade, incidents: [] };
    group.incidents.push(incident);
    groups.set(name, group);
  }
  return [...groups.values()];
}

function groupHeading(group: Group): Node[] {
  const chip = element("span", { class: "chip", "data-level": group.level }, group.name);
  return [chip, element("span", { class: "count" }, count(group.incidents.length, "incident"))];
}

/** "10 live: 1 SEV0, 2 SEV1. Only services: checkout-api". */
function summary(incidents: readonly Incident[], groups: readonly Group[], filters: string) {
  const only = filters === "" ? [] : [" Only ", element("bdi", {}, filters), "."];
  if (incidents.length === 0) {
    return [element("strong", { class: "empty" }, "Nothing is live."), ...only];
  }
  const parts = groups.map((group) => `${group.incidents.length} ${group.name}`);
  const total = element("strong", {}, `${incidents.length} live`);
  return [total, ": ", element("bdi", {}, parts.join(", ")), ".", ...only];
}

/** What is missing from an answer that is not all. */
function notAll(answer: Answer, shown: number): string {
  const total = digits(answer.total);
  if (total !== undefined && Number(total) > shown) {
    return `${shown} of ${total} shown, the newest. A worse one may be among the others.`;
  }
  if (total === undefined && answer.next !== undefined) {
    return `${shown} shown, the newest, and there are more. A worse one may be among them.`;
  }
  return "";
}
