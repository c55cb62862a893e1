/** The part of an opened incident that shows its attachments at incident.io. */

import type { Answer } from "./answers.js";
import { findAttachments, sharedResources } from "./attachments.js";
import type { AttachedIncident, Attachments, Resource } from "./attachments.js";
import { button, element, foreign, quiet } from "./dom.js";
import { text } from "./json.js";
import type { JsonObject } from "./json.js";
import { linkElement, productName } from "./links.js";
import type { OpenLink } from "./links.js";
import { section } from "./section.js";
import { LIST_TIMEOUT_MS, timeoutError } from "./timeouts.js";
import { count } from "./words.js";

/** The reason may be the service, or the rights of the account. */
const NOT_OFFERED =
  "Not shown: this needs a key of incident.io, and the right to call list_attachments.";

/** Calls `list_attachments`. */
export type CallAttachments = (args: JsonObject, signal: AbortSignal) => Promise<Answer>;

export class AttachmentList {
  readonly #section = section("Attachments at incident.io", "attachments");
  readonly element = this.#section.element;
  /** The resources that were asked for last, as text. */
  #question = "";
  #calls = new AbortController();

  /** *call* is undefined if incident.io cannot be asked. */
  constructor(
    private readonly call: CallAttachments | undefined,
    private readonly openLink: OpenLink,
  ) {
    this.#say(call === undefined ? NOT_OFFERED : "Loading …");
  }

  /** Ask for what is attached to the incident in *row*. The same question is not asked again. */
  load(row: JsonObject): void {
    const resources = sharedResources(row);
    const question = JSON.stringify(resources);
    const call = this.call;
    if (call === undefined || question === this.#question) {
      return;
    }
    this.#question = question;
    if (resources.length === 0) {
      this.#say(
        "Not known: the incident has no PagerDuty, Opsgenie, Jira or Zendesk id by which" +
          " incident.io could be asked.",
      );
      return;
    }
    this.#say("Loading …");
    void this.#find(resources, call, row);
  }

  /** Stop the calls: nobody waits for them. */
  close(): void {
    this.#calls.abort();
  }

  async #find(resources: Resource[], call: CallAttachments, row: JsonObject): Promise<void> {
    this.#calls.abort();
    const calls = new AbortController();
    this.#calls = calls;
    const timer = setTimeout(() => calls.abort(timeoutError(LIST_TIMEOUT_MS)), LIST_TIMEOUT_MS);
    try {
      const attachments = await findAttachments(resources, (args) => call(args, calls.signal));
      this.#show(attachments, row);
    } catch (error) {
      // Aborted: the incident was closed, or something else is asked now.
      if (!calls.signal.aborted) {
        throw error;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #show({ incidents, failures }: Attachments, row: JsonObject): void {
    const parts = incidents.map((incident) => incidentPart(incident, this.openLink));
    const warnings = failures.map((failure) =>
      element("p", { class: "warning" }, "Could not ask incident.io: ", foreign(failure)),
    );
    if (parts.length === 0 && warnings.length === 0) {
      this.#say("Nothing is attached.");
      return;
    }
    this.#section.body.replaceChildren(...parts, ...warnings);
    if (warnings.length > 0) {
      this.#section.body.append(button("Retry", () => this.#retry(row)));
    }
  }

  #retry(row: JsonObject): void {
    this.#question = "";
    this.load(row);
  }

  #say(what: string): void {
    this.#section.body.replaceChildren(quiet(what));
  }
}

function incidentPart(incident: AttachedIncident, openLink: OpenLink): HTMLElement {
  const { name, url, status, rows, notes, isCut } = incident;
  const state = status ?? "status not known";
  const title = url === undefined ? foreign(name) : linkElement(name, url, openLink, state);
  const items = rows.map((row) => element("li", {}, attachment(row, openLink)));
  const more = quiet(`${count(rows.length, "attachment")}, and more.`);
  return element(
    "div",
    {},
    element("p", {}, title),
    element("ul", {}, ...items),
    isCut ? more : undefined,
    ...notes.map((note) => quiet(foreign(note))),
  );
}

function attachment(row: JsonObject, openLink: OpenLink): Node {
  const type = productName(text(row.resource_type) ?? "attachment");
  const label = text(row.title) ?? text(row.external_id) ?? type;
  const url = text(row.permalink);
  if (url !== undefined) {
    return linkElement(label, url, openLink, type);
  }
  return element("span", {}, foreign(label), " ", element("span", { class: "host" }, type));
}
