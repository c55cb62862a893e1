/** One incident in the list of live incidents. */

import { element, foreign, setChildren, setText } from "./dom.js";
import type { Assignment, Incident } from "./incident.js";
import { leadOf } from "./lead.js";
import type { Lead } from "./lead.js";
import { sinceWords } from "./run.js";
import { level } from "./severity.js";
import type { Present } from "./view.js";
import { shortened, spaced } from "./words.js";

export class IncidentRow {
  readonly element = element("li", { class: "incident" });
  readonly #mark = element("p", { class: "mark" });
  readonly #title = element("button", { type: "button", class: "title" });
  readonly #since = element("p", { class: "since" });
  readonly #who = element("p", { class: "who" });
  readonly #status = element("p", { class: "status" });
  readonly #details = element("p", { class: "details" });
  #incident: Incident;

  constructor(incident: Incident, open: (incident: Incident) => void) {
    this.#incident = incident;
    this.#title.addEventListener("click", () => open(this.#incident));
    const heading = element("h3", {}, this.#title);
    const run = element("div", { class: "run" }, this.#since, this.#who);
    this.element.append(this.#mark, heading, run, this.#status, this.#details);
  }

  /** *mark* says why the incident stands out. Undefined: it does not. */
  update(incident: Incident, mark: string | undefined, isNew: boolean): void {
    this.#incident = incident;
    const isWorst = mark !== undefined;
    this.element.classList.toggle("worst", isWorst);
    this.element.dataset.level = incident.isMaintenance ? "unknown" : level(incident.severity);
    this.#mark.hidden = !isWorst;
    setText(this.#mark, mark ?? "");
    setChildren(this.#title, foreign(incident.title));
    setChildren(this.#who, ...whoLeads(incident, isWorst));
    setChildren(this.#status, isWorst ? "Status: " : "", ...statusWords(incident, isNew));
    setChildren(this.#details, ...details(incident));
  }

  tick(present: Present): void {
    setChildren(this.#since, ...sinceWords(this.#incident, present));
  }

  focus(): void {
    this.#title.focus();
  }
}

/** The lead, and for the worst incident also the others who have a role. */
export function whoLeads(incident: Incident, isWorst: boolean): Node[] {
  if (incident.roles === undefined) {
    return [element("span", {}, "people not known")];
  }
  const lead = leadOf(incident.roles);
  if (lead === undefined) {
    return [element("span", { class: "nobody" }, "nobody assigned")];
  }
  const people = foreign(shortened(lead.people, 2).join(", "));
  const role = lead.role === undefined ? undefined : foreign(lead.role);
  const leader = element("span", { class: "lead" }, role, " ", element("strong", {}, people));
  return isWorst ? [leader, ...others(incident.roles, lead)] : [leader];
}

function others(roles: readonly Assignment[], lead: Lead): Node[] {
  const rest = roles.filter((assignment) => assignment.role !== lead.role);
  const names = rest.map(({ role, person }) => (role ? `${role}: ${person}` : person));
  return shortened(names, 3).map((name) => element("span", { class: "other" }, foreign(name)));
}

function statusWords(incident: Incident, isNew: boolean): (Node | string)[] {
  const status = spaced(incident.status ?? "status not known");
  const word = element("span", { "data-status": incident.status }, foreign(status));
  return [
    word,
    ...(isNew ? [" ", element("span", { class: "tag" }, "new")] : []),
    ...(incident.isPrivate ? [" ", element("span", { class: "tag" }, "private")] : []),
  ];
}

function details(incident: Incident): (Node | string)[] {
  const groups = [incident.services, incident.environments, incident.teams];
  const texts = groups.filter((group) => group.length > 0).map((group) => shortened(group, 3));
  const number = incident.number === undefined ? [] : [`#${incident.number}`];
  const parts = [...number, ...texts.map((names) => names.join(", "))];
  return parts.flatMap((part, place) => (place === 0 ? [foreign(part)] : [" · ", foreign(part)]));
}
