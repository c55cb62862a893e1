/** One incident: its facts, timeline, people, action items, links and attachments. */

import { instant, objects, text } from "./answers.js";
import type { Answer, JsonObject } from "./answers.js";
import { AttachmentList } from "./attachment_list.js";
import type { CallAttachments } from "./attachment_list.js";
import { element, foreign, setChildren, setText } from "./dom.js";
import { factsOf } from "./facts.js";
import { readIncidents, saysUnknown } from "./incident.js";
import type { Incident } from "./incident.js";
import { chip, sinceWords } from "./incident_row.js";
import { linkElement, linksOf } from "./links.js";
import type { OpenLink } from "./links.js";
import { Notes } from "./notes.js";
import { PATIENCE_MS } from "./patience.js";
import { numberIn } from "./question.js";
import { timeline } from "./timeline.js";
import type { Entry } from "./timeline.js";
import { EVERY_MS } from "./view.js";
import type { Present, View } from "./view.js";
import { duration } from "./times.js";
import { Waiting } from "./waiting.js";
import { spaced } from "./words.js";

/** What a person can do with an incident, where the host offers it. */
export interface Actions {
  readonly askLabel: string;
  ask(incident: Incident): void;
  readonly openLink: OpenLink;
  /** Undefined: incident.io cannot be asked. */
  readonly callAttachments: CallAttachments | undefined;
  /** Why there are no details. Undefined: they are being loaded. */
  readonly noDetails: string | undefined;
}

const OVER = new Set(["resolved", "closed", "cancelled", "completed"]);

export class IncidentView implements View {
  readonly everyMs = EVERY_MS;
  readonly patienceMs = PATIENCE_MS;
  isPreview = true;
  readonly element = element("article", { class: "one" });
  readonly #state = element("p", { class: "state" });
  readonly #since = element("p", { class: "since" });
  readonly #over = element("p", { class: "over", role: "status", hidden: true });
  readonly #actions = element("p", { class: "actions" });
  readonly #summary = element("p", { class: "text" });
  readonly #details = element("div", { class: "columns", hidden: true });
  readonly #timeline = section("Timeline, newest first", "timeline");
  readonly #people = section("People", "people");
  readonly #items = section("Action items", "items");
  readonly #facts = section("Facts", "facts");
  readonly #links = section("Links", "links");
  readonly #notes = new Notes();
  readonly #attachments: AttachmentList;
  readonly #waiting: Waiting;
  #incident: Incident | undefined;

  constructor(
    readonly question: JsonObject,
    private readonly actions: Actions,
  ) {
    this.#waiting = new Waiting(actions.noDetails);
    this.#attachments = new AttachmentList(actions.callAttachments, actions.openLink);
    const side = [this.#people, this.#items, this.#attachments, this.#links, this.#facts];
    this.element.append(
      element("div", { class: "top" }, this.#state, this.#since, this.#over, this.#actions),
      this.#summary,
      this.#details,
      this.#notes.element,
    );
    this.#details.append(
      this.#timeline.element,
      element("div", { class: "side" }, ...side.map((part) => part.element)),
    );
  }

  /** Show what the list knows of the incident, until its details are there. */
  preview(incident: Incident, present: Present): void {
    this.#incident = incident;
    this.#showRow(incident, {}, present);
  }

  get heading(): string {
    return this.#incident?.title ?? "Incident";
  }

  /** Which incident it is, for the way back to it in the list. */
  get key(): string | undefined {
    return this.#incident?.key;
  }

  show(answer: Answer, present: Present, isOwn: boolean): string {
    const [incident] = readIncidents(answer);
    if (incident === undefined) {
      this.#say(this.#missing());
      return "";
    }
    if (!isOwn) {
      this.preview(incident, present);
      return "";
    }
    const before = this.#incident;
    this.#incident = incident;
    this.isPreview = false;
    this.#showRow(incident, answer, present);
    this.#attachments.load(incident.row);
    if (before === undefined || before.status === incident.status) {
      return "";
    }
    return `This incident is ${spaced(incident.status ?? "without a status")} now.`;
  }

  fail(): void {
    this.#waiting.fail();
  }

  tick(present: Present): void {
    if (this.#incident !== undefined) {
      setChildren(this.#since, ...runOf(this.#incident, present));
    }
  }

  close(): void {
    this.#attachments.close();
  }

  #showRow(incident: Incident, answer: Answer, present: Present): void {
    this.#details.hidden = false;
    setChildren(this.#state, ...stateOf(incident));
    this.#showEnd(incident, present);
    this.#showActions(incident);
    setText(this.#summary, text(incident.row.summary) ?? "");
    setChildren(this.#people.body, peopleOf(incident));
    const facts = factsOf(incident);
    this.#facts.element.hidden = facts.childElementCount === 0;
    setChildren(this.#facts.body, facts);
    this.#showLinks(incident);
    this.#notes.show(answer);
    const entries = timelineList(timeline(incident.row), present);
    const items = itemsOf(incident.row, saysUnknown(answer, "action_items"));
    setChildren(this.#timeline.body, entries, this.isPreview ? this.#waiting.element : undefined);
    setChildren(this.#items.body, items);
    this.#items.element.hidden = this.isPreview;
    this.#attachments.element.hidden = this.isPreview;
    this.tick(present);
  }

  #showEnd(incident: Incident, present: Present): void {
    if (!isOver(incident)) {
      this.#over.hidden = true;
      return;
    }
    const at = instant(incident.row[`${incident.status}_at`]);
    const when = at === undefined ? "" : ` since ${present.format.moment(at, present.now)}`;
    this.#say(`No longer live: ${spaced(incident.status ?? "")}${when}.`);
  }

  #showActions(incident: Incident): void {
    if (this.#actions.childElementCount > 0) {
      return;
    }
    const ask = element("button", { type: "button", class: "primary" }, this.actions.askLabel);
    ask.addEventListener("click", () => this.actions.ask(this.#incident ?? incident));
    this.#actions.append(ask);
    if (incident.url !== undefined) {
      this.#actions.append(linkElement("Open in Rootly", incident.url, this.actions.openLink));
    }
  }

  #showLinks(incident: Incident): void {
    const links = linksOf(incident.row).map(({ label, url }) =>
      element("li", {}, linkElement(label, url, this.actions.openLink)),
    );
    this.#links.element.hidden = links.length === 0;
    setChildren(this.#links.body, element("ul", {}, ...links));
  }

  /** Rootly does not answer with the incident: there is none, or it was deleted. */
  #missing(): string {
    if (this.#incident !== undefined) {
      return "Rootly does not show this incident any more. What you see is from before.";
    }
    return `Rootly has no incident ${numberIn(this.question) ?? ""} that this key can see.`;
  }

  #say(what: string): void {
    setText(this.#over, what);
    this.#over.hidden = false;
  }
}

export interface Section {
  readonly element: HTMLElement;
  readonly body: HTMLElement;
}

/** A part of the page with a heading. */
export function section(heading: string, id: string): Section {
  const title = element("h2", { id }, heading);
  const body = element("div");
  return { element: element("section", { "aria-labelledby": id }, title, body), body };
}

function stateOf(incident: Incident): (Node | string)[] {
  const kind = incident.kind === "normal" ? undefined : spaced(incident.kind);
  const words = [
    incident.status === undefined ? "status not known" : spaced(incident.status),
    kind,
    incident.isPrivate ? "private" : undefined,
    incident.number === undefined ? undefined : `#${incident.number}`,
  ];
  const known = words.flatMap((word) => (word === undefined ? [] : [" · ", foreign(word)]));
  return [chip(incident), ...known];
}

/** How long it has been going on, or when it was. */
function runOf(incident: Incident, present: Present): (Node | string)[] {
  if (!isOver(incident)) {
    return sinceWords(incident, present);
  }
  const end = endOf(incident);
  if (incident.since === undefined || end === undefined) {
    return [];
  }
  const start = present.format.moment(incident.since, present.now);
  const last = present.format.moment(end, present.now);
  const length = duration(Math.max(0, end - incident.since));
  return [`from ${start} to ${last}, ${length}`];
}

function isOver(incident: Incident): boolean {
  return OVER.has(incident.status ?? "");
}

function endOf(incident: Incident): number | undefined {
  const { resolved_at, closed_at, cancelled_at } = incident.row;
  return instant(resolved_at) ?? instant(closed_at) ?? instant(cancelled_at);
}

function timelineList(entries: readonly Entry[], present: Present): HTMLElement {
  const rows = entries.map((entry) => {
    const when = entry.at === undefined ? "time not known" : momentOf(entry.at, present);
    const kind = entry.kind === "" ? [] : [element("strong", {}, foreign(entry.kind)), " "];
    const what = element("span", {}, ...kind, foreign(entry.text));
    return element("li", {}, element("span", { class: "when" }, when), what);
  });
  return element("ol", { class: "timeline", role: "list" }, ...rows);
}

function momentOf(at: number, present: Present): HTMLElement {
  const moment = present.format.moment(at, present.now);
  return element("time", { datetime: new Date(at).toISOString() }, moment);
}

function peopleOf(incident: Incident): HTMLElement {
  if (incident.roles === undefined) {
    return element("p", { class: "quiet" }, "Not known.");
  }
  if (incident.roles.length === 0) {
    return element("p", { class: "quiet" }, "Nobody is assigned.");
  }
  const rows = incident.roles.flatMap(({ role, person }) => [
    element("dt", {}, foreign(role ?? "No role")),
    element("dd", {}, foreign(person)),
  ]);
  return element("dl", {}, ...rows);
}

function itemsOf(row: JsonObject, isUnknown: boolean): HTMLElement {
  const items = objects(row.action_items);
  if (items.length === 0) {
    return element("p", { class: "quiet" }, isUnknown ? "Not known." : "None.");
  }
  return element("ul", { class: "items" }, ...items.map(itemOf));
}

function itemOf(item: JsonObject): HTMLElement {
  const due = text(item.due);
  const facts = [
    spaced(text(item.status) ?? "status not known"),
    text(item.priority),
    text(item.person) ?? "nobody assigned",
    due === undefined ? undefined : `due ${due}`,
  ];
  const details = facts.flatMap((fact) => (fact === undefined ? [] : [foreign(fact), " · "]));
  const summary = foreign(text(item.summary) ?? "Without a text");
  const line = element("span", { class: "details" }, ...details.slice(0, -1));
  return element("li", {}, summary, line);
}
