/** One incident: its facts, timeline, people, action items, links and attachments. */

import { actionItems } from "./action_items.js";
import type { Answer } from "./answers.js";
import { AttachmentList } from "./attachment_list.js";
import type { CallAttachments } from "./attachment_list.js";
import { chip } from "./chip.js";
import { button, element, foreign, setChildren, setText } from "./dom.js";
import { factsOf } from "./facts.js";
import { readIncidents, saysUnknown } from "./incident.js";
import type { Incident } from "./incident.js";
import { whoLeads } from "./incident_row.js";
import { text } from "./json.js";
import type { JsonObject } from "./json.js";
import { linkElement, linksOf } from "./links.js";
import type { OpenLink } from "./links.js";
import { Notes } from "./notes.js";
import { peopleList } from "./people_list.js";
import { Placeholder } from "./placeholder.js";
import { incidentNumber } from "./question.js";
import { endText, isOver, runWords } from "./run.js";
import { section } from "./section.js";
import { level, severityLabel } from "./severity.js";
import { timeline } from "./timeline.js";
import { timelineList } from "./timeline_list.js";
import { LIST_TIMEOUT_MS } from "./timeouts.js";
import { REFRESH_MS } from "./view.js";
import type { Present, View } from "./view.js";
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

export class IncidentView implements View {
  readonly refreshMs = REFRESH_MS;
  readonly timeoutMs = LIST_TIMEOUT_MS;
  isPreview = true;
  readonly element = element("article", { class: "one" });
  readonly #state = element("p");
  readonly #since = element("p", { class: "since" });
  readonly #who = element("p", { class: "who" });
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
  readonly #placeholder: Placeholder;
  #incident: Incident | undefined;

  constructor(
    readonly question: JsonObject,
    private readonly actions: Actions,
  ) {
    this.#placeholder = new Placeholder(actions.noDetails);
    this.#attachments = new AttachmentList(actions.callAttachments, actions.openLink);
    const end = [this.#over, this.#actions];
    const side = [this.#people, this.#items, this.#attachments, this.#links, this.#facts];
    this.element.append(
      element("div", { class: "top" }, this.#state, this.#since, this.#who, ...end),
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
      this.#placeholder.fail();
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
    this.#placeholder.fail();
  }

  tick(present: Present): void {
    if (this.#incident !== undefined) {
      setChildren(this.#since, ...runWords(this.#incident, present));
    }
  }

  close(): void {
    this.#attachments.close();
  }

  #showRow(incident: Incident, answer: Answer, present: Present): void {
    this.#details.hidden = false;
    setChildren(this.#state, ...stateOf(incident));
    setChildren(this.#who, ...whoLeads(incident, false));
    this.#showEnd(incident, present);
    this.#showActions(incident);
    setText(this.#summary, text(incident.row.summary) ?? "");
    this.#notes.show(answer);
    this.#showDetails(incident, answer, present);
    this.tick(present);
  }

  #showDetails(incident: Incident, answer: Answer, present: Present): void {
    const facts = factsOf(incident);
    const entries = timelineList(timeline(incident.row), present);
    const items = actionItems(incident.row, saysUnknown(answer, "action_items"));
    const rest = this.isPreview ? this.#placeholder.element : undefined;
    setChildren(this.#timeline.body, entries, rest);
    setChildren(this.#people.body, peopleList(incident));
    setChildren(this.#items.body, items);
    setChildren(this.#facts.body, facts);
    this.#showLinks(incident);
    this.#items.element.hidden = this.isPreview;
    this.#attachments.element.hidden = this.isPreview;
    this.#facts.element.hidden = facts.childElementCount === 0;
  }

  #showEnd(incident: Incident, present: Present): void {
    if (!isOver(incident)) {
      this.#over.hidden = true;
      return;
    }
    this.#say(endText(incident, present));
  }

  #showActions(incident: Incident): void {
    if (this.#actions.childElementCount > 0) {
      return;
    }
    const ask = (): void => this.actions.ask(this.#incident ?? incident);
    this.#actions.append(button(this.actions.askLabel, ask, "primary"));
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
    return `Rootly has no incident ${incidentNumber(this.question) ?? ""} that this key can see.`;
  }

  #say(what: string): void {
    setText(this.#over, what);
    this.#over.hidden = false;
  }
}

function stateOf(incident: Incident): (Node | string)[] {
  const kind = incident.kind === "normal" ? undefined : spaced(incident.kind);
  const words = [
    spaced(incident.status ?? "status not known"),
    kind,
    incident.isPrivate ? "private" : undefined,
    incident.number === undefined ? undefined : `#${incident.number}`,
  ];
  const known = words.flatMap((word) => (word === undefined ? [] : [" · ", foreign(word)]));
  return [chip(severityLabel(incident.severity), level(incident.severity)), ...known];
}
