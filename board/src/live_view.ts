/** The live incidents, grouped by severity, the worst first. */

import type { Answer } from "./answers.js";
import { changes } from "./changes.js";
import { chip } from "./chip.js";
import { arrange, element, keepFocus, setChildren, setText } from "./dom.js";
import { readIncidents } from "./incident.js";
import type { Incident } from "./incident.js";
import { IncidentRow } from "./incident_row.js";
import { object } from "./json.js";
import type { JsonObject } from "./json.js";
import { markOf, notAll, summary } from "./list_summary.js";
import { Notes } from "./notes.js";
import { Placeholder } from "./placeholder.js";
import { filterText } from "./question.js";
import { worstFirst } from "./severity.js";
import { grouped } from "./severity_group.js";
import type { Group } from "./severity_group.js";
import { LIST_TIMEOUT_MS } from "./timeouts.js";
import { REFRESH_MS } from "./view.js";
import type { Present, View } from "./view.js";
import { count } from "./words.js";

/** The elements of a group. */
interface Section {
  readonly element: HTMLElement;
  readonly heading: HTMLElement;
  readonly list: HTMLElement;
}

export class LiveView implements View {
  readonly heading = "Live incidents";
  readonly refreshMs = REFRESH_MS;
  readonly isPreview = false;
  readonly timeoutMs = LIST_TIMEOUT_MS;
  readonly element = element("div");
  readonly #placeholder = new Placeholder();
  readonly #summary = element("div", { class: "summary" }, this.#placeholder.element);
  readonly #warning = element("p", { class: "warning", hidden: true });
  readonly #groups = element("div");
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
    const focusKey = this.#focusKey();
    const warning = notAll(answer, incidents.length);
    const isAll = warning === "";
    const filters = filterText(this.question);
    const similar = filterText(object(answer.hint));
    setChildren(this.#summary, ...summary(groups, isAll, filters, similar));
    setText(this.#warning, warning);
    this.#warning.hidden = isAll;
    this.#notes.show(answer);
    keepFocus(() => this.#arrange(groups, difference.added, isAll));
    this.#focusAfter(focusKey);
    this.#incidents = incidents;
    this.tick(present);
    return difference.text;
  }

  fail(): void {
    // The banner says it.
    this.#placeholder.element.hidden = true;
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

  #focusKey(): string | undefined {
    const active = document.activeElement;
    return [...this.#rows].find(([, row]) => row.element.contains(active))?.[0];
  }

  /** If the incident that had the focus is gone, the focus goes to the next one in the list. */
  #focusAfter(key: string | undefined): void {
    if (key === undefined || this.#rows.has(key)) {
      return;
    }
    const keys = (this.#incidents ?? []).map((incident) => incident.key);
    const place = keys.indexOf(key);
    const nearest = [...keys.slice(place), ...keys.slice(0, place).reverse()];
    this.focus(nearest.find((near) => this.#rows.has(near)) ?? "");
  }

  #arrange(groups: Group[], added: ReadonlySet<string>, isAll: boolean): void {
    const incidents = groups.flatMap((group) => group.incidents);
    const [worstGroup] = groups;
    const worstMark = worstGroup && markOf(worstGroup, isAll);
    for (const incident of incidents) {
      const mark = incident === incidents[0] ? worstMark : undefined;
      this.#rowOf(incident).update(incident, mark, added.has(incident.key));
    }
    arrange(
      this.#groups,
      groups.map((group) => this.#fill(group)),
    );
    this.#forget(incidents);
  }

  /** The element of *group*, with its rows. */
  #fill(group: Group): HTMLElement {
    const section = this.#sectionOf(group);
    setChildren(section.heading, ...groupHeading(group));
    arrange(
      section.list,
      group.incidents.map((incident) => this.#rowOf(incident).element),
    );
    return section.element;
  }

  /** Drop the rows of all other incidents. */
  #forget(incidents: readonly Incident[]): void {
    const keys = new Set(incidents.map((incident) => incident.key));
    for (const key of [...this.#rows.keys()]) {
      if (!keys.has(key)) {
        this.#rows.delete(key);
      }
    }
  }

  #rowOf(incident: Incident): IncidentRow {
    const row = this.#rows.get(incident.key) ?? new IncidentRow(incident, this.open);
    this.#rows.set(incident.key, row);
    return row;
  }

  #sectionOf(group: Group): Section {
    const known = this.#sections.get(group.name);
    if (known !== undefined) {
      return known;
    }
    const id = `group-${this.#sections.size}`;
    const heading = element("h2", { id });
    const list = element("ul", { role: "list", "aria-labelledby": id });
    const section = element("section", { class: "group", "aria-labelledby": id }, heading, list);
    const parts = { element: section, heading, list };
    this.#sections.set(group.name, parts);
    return parts;
  }
}

function groupHeading(group: Group): Node[] {
  const number = count(group.incidents.length, "incident");
  return [chip(group.name, group.level), element("span", { class: "count" }, number)];
}
