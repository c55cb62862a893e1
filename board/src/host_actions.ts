/** What a person can do with an incident through the program that shows the page. */

import { CallError } from "./answers.js";
import type { CallAttachments } from "./attachment_list.js";
import { copied } from "./copy_box.js";
import type { CopyBox } from "./copy_box.js";
import type { Host } from "./host.js";
import type { Incident } from "./incident.js";
import type { Actions } from "./incident_view.js";
import { factsFor, questionAbout } from "./question_about.js";
import { ATTACHMENTS, LIST } from "./tools.js";

export class HostActions {
  /** *say* tells the person something. */
  constructor(
    private readonly host: Host,
    private readonly copyBox: CopyBox,
    private readonly say: (text: string) => void,
  ) {}

  /** *hasNumber*: the incident can be asked for by itself. */
  ofIncident(hasNumber: boolean, canCall: (tool: string) => boolean): Actions {
    const { can } = this.host;
    const call: CallAttachments = (args, signal) => this.host.call(ATTACHMENTS, args, signal);
    return {
      askLabel: can.ask ? "Ask about this" : "Copy a question about this",
      ask: (incident) => void this.#ask(incident),
      openLink: can.openLinks ? (url) => void this.#openLink(url) : undefined,
      callAttachments: canCall(ATTACHMENTS) ? call : undefined,
      noDetails: noDetails(hasNumber, canCall(LIST)),
    };
  }

  async #ask(incident: Incident): Promise<void> {
    const question = questionAbout(incident);
    const facts = factsFor(incident);
    if (this.host.can.ask) {
      await this.#attempt("Handed to the chat.", () => this.host.ask(question, facts));
      return;
    }
    const text = `${question}\n\n${JSON.stringify(facts, undefined, 1)}`;
    if (await copied(text)) {
      this.say("Copied. Paste it into a chat.");
    } else {
      this.copyBox.open(text);
    }
  }

  async #openLink(url: string): Promise<void> {
    await this.#attempt("", () => this.host.openLink(url));
  }

  async #attempt(success: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.say(success);
    } catch (error) {
      this.say(error instanceof CallError ? error.message : String(error));
    }
  }
}

/** Why there are no details. Undefined: they are being loaded. */
function noDetails(hasNumber: boolean, canCall: boolean): string | undefined {
  if (!hasNumber) {
    return "Not known: the incident has no number by which it could be asked for.";
  }
  return canCall ? undefined : "Not known: this program cannot load more.";
}
