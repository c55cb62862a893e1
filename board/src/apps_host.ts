/**
 * A chat program that shows the page, by the protocol of MCP Apps.
 *
 * https://github.com/modelcontextprotocol/ext-apps, specification/2026-01-26
 */

import { CallError } from "./answers.js";
import type { Answer } from "./answers.js";
import type { Host, Page } from "./host.js";
import { contextOf } from "./host_context.js";
import { failureOf, throwIfRefused } from "./host_errors.js";
import { numberOf, object, objectOf, text } from "./json.js";
import type { JsonObject } from "./json.js";
import { Peer, PeerTimeout } from "./peer.js";
import type { NotificationHandler, RequestOptions } from "./peer.js";
import { answerOf, isWhole, showResult } from "./tool_result.js";

const INTRODUCTION = {
  protocolVersion: "2026-01-26",
  appInfo: { name: "incident-desk-board", title: "Incident Desk", version: "1.0.0" },
  appCapabilities: { availableDisplayModes: ["inline"] },
};

// Programs that show pages wait for a person before they answer some requests, so these requests
// have no time limit: to open a link, and to send a message.
const START_TIMEOUT_MS = 20_000;
const RESULT_TIMEOUT_MS = 95_000; // the server takes up to 90 s for a plot
const CONTEXT_TIMEOUT_MS = 5_000;

export class AppsHost implements Host {
  readonly can = { call: false, ask: false, openLinks: false };
  readonly #peer = new Peer(window.parent);
  #page!: Page; // set by `start`
  #capabilities: JsonObject = {};
  /** Those of the call of `show_board`; undefined until the program has told them. */
  #arguments: JsonObject | undefined;
  /** The last result of `show_board`, as JSON. */
  #result: string | undefined;
  #isInitialized = false;
  #isStopped = false;
  #isHeightFixed = false;
  #height: number | undefined;

  async start(page: Page): Promise<void> {
    this.#page = page;
    const introduced = this.#introduce();
    // Some programs report a result before they have answered. The page needs the answer first.
    const afterIntroduction = (report: NotificationHandler) => async (params: JsonObject) => {
      await introduced;
      if (!this.#isStopped) {
        await report(params);
      }
    };
    const reports: Record<string, NotificationHandler> = {
      "tool-input": (input) => this.#called(object(input.arguments)),
      "tool-result": (result) => this.#show(result),
      "tool-cancelled": ({ reason }) => page.cancelled(text(reason) ?? ""),
      "host-context-changed": (change) => this.#changeContext(change),
    };
    for (const [name, report] of Object.entries(reports)) {
      this.#peer.notifications.set(`ui/notifications/${name}`, afterIntroduction(report));
    }
    this.#peer.requests
      .set("ping", async () => ({}))
      .set("ui/resource-teardown", () => this.#stop());
    await introduced;
  }

  async #introduce(): Promise<void> {
    // A program that answers late is still welcome, so the request has no time limit.
    const late = setTimeout(() => this.#fail(failureOf(new PeerTimeout())), START_TIMEOUT_MS);
    let reply: JsonObject;
    try {
      reply = object(await this.#request("ui/initialize", INTRODUCTION));
    } catch (error) {
      return this.#fail(error);
    } finally {
      clearTimeout(late);
    }
    this.#peer.notify("ui/notifications/initialized", {});
    this.#capabilities = object(reply.hostCapabilities);
    this.can.call = Boolean(this.#capabilities.serverTools);
    this.can.ask = Boolean(this.#capabilities.message);
    this.can.openLinks = Boolean(this.#capabilities.openLinks);
    this.#isInitialized = true;
    this.#changeContext(object(reply.hostContext));
    this.#tellHeight();
  }

  #changeContext(change: JsonObject): void {
    this.#page.context(contextOf(change));
    const dimensions = objectOf(change.containerDimensions);
    if (!dimensions) {
      return;
    }
    const wasFixed = this.#isHeightFixed;
    this.#isHeightFixed = numberOf(dimensions.height) !== undefined;
    if (wasFixed) {
      this.#tellHeight();
    }
  }

  /** The model has called `show_board`. */
  #called(args: JsonObject): void {
    this.#arguments = args;
    this.#page.loading(args);
  }

  /**
   * Show a result of `show_board`.
   *
   * Claude Desktop passes on only its text, and ChatGPT on the web other metadata. Both pass on
   * everything if the page makes the same call itself.
   */
  async #show(result: JsonObject): Promise<void> {
    const json = JSON.stringify(result);
    // A result that is reported again must not take a person away from what is open.
    if (json === this.#result) {
      return;
    }
    this.#result = json;
    const canShowAgain = this.can.call && this.#arguments !== undefined;
    if (isWhole(result) || !canShowAgain) {
      return showResult(this.#page, result);
    }
    await this.showAgain();
  }

  async showAgain(): Promise<void> {
    const params = { name: "show_board", arguments: this.#arguments ?? {} };
    this.#page.loading(params.arguments);
    let result: unknown;
    try {
      result = await this.#request("tools/call", params, { timeoutMs: RESULT_TIMEOUT_MS });
    } catch (error) {
      return this.#fail(error);
    }
    if (!this.#isStopped) {
      showResult(this.#page, result);
    }
  }

  #fail(error: unknown): void {
    if (!(error instanceof CallError)) {
      throw error;
    }
    if (!this.#isStopped) {
      this.#page.failed(error);
    }
  }

  /** The page will be removed: nothing that comes now is of use to it. */
  async #stop(): Promise<JsonObject> {
    this.#isStopped = true;
    await this.#page.teardown();
    return {};
  }

  async call(tool: string, args: JsonObject, signal: AbortSignal): Promise<Answer> {
    const params = { name: tool, arguments: args };
    const result = await this.#request("tools/call", params, { signal });
    return answerOf(result);
  }

  async ask(text: string, context: JsonObject): Promise<void> {
    await this.#updateContext(context);
    const content = [{ type: "text", text }];
    throwIfRefused(await this.#request("ui/message", { role: "user", content }));
  }

  /** Give the model the facts. The question is worth sending even if this fails. */
  async #updateContext(context: JsonObject): Promise<void> {
    const params = contextParams(objectOf(this.#capabilities.updateModelContext), context);
    if (!params) {
      return;
    }
    try {
      await this.#request("ui/update-model-context", params, { timeoutMs: CONTEXT_TIMEOUT_MS });
    } catch (error) {
      console.warn("The program did not take the facts of the incident.", error);
    }
  }

  async openLink(url: string): Promise<void> {
    throwIfRefused(await this.#request("ui/open-link", { url }));
  }

  /** Tell the height. The width is not told: the page fits into every width. */
  resized(_width: number, height: number): void {
    if (height === this.#height) {
      return;
    }
    this.#height = height;
    this.#tellHeight();
  }

  #tellHeight(): void {
    if (!this.#isInitialized || this.#isHeightFixed || this.#height === undefined) {
      return;
    }
    this.#peer.notify("ui/notifications/size-changed", { height: this.#height });
  }

  async #request(
    method: string,
    params: JsonObject,
    options: RequestOptions = {},
  ): Promise<unknown> {
    try {
      return await this.#peer.request(method, params, options);
    } catch (error) {
      throw error === options.signal?.reason ? error : failureOf(error);
    }
  }
}

/** The facts in a form that the program takes. One that names no form takes text. */
function contextParams(forms: JsonObject | undefined, facts: JsonObject): JsonObject | undefined {
  if (!forms) {
    return undefined;
  }
  if (forms.structuredContent) {
    return { structuredContent: facts };
  }
  if (!forms.text && Object.keys(forms).length > 0) {
    return undefined;
  }
  return { content: [{ type: "text", text: JSON.stringify(facts) }] };
}
