/**
 * A chat program that shows the page, by the protocol of MCP Apps.
 *
 * https://github.com/modelcontextprotocol/ext-apps, specification/2026-01-26
 */

import { CallError, type Answer, type JsonObject } from "./answers.js";
import type { Host, Page } from "./host.js";
import { contextOf } from "./host_context.js";
import { objectOf, textOf } from "./json.js";
import { Peer, PeerError, PeerTimeout } from "./peer.js";
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
const RESULT_TIMEOUT_MS = 55_000;
const CONTEXT_TIMEOUT_MS = 5_000;

export class AppsHost implements Host {
  readonly standalone = false;
  readonly can = { call: false, ask: false, openLinks: false };
  #peer: Peer | undefined;
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
    const peer = new Peer(window.parent);
    this.#peer = peer;
    const introduced = this.#introduce(peer, page);
    // Some programs report a result before they have answered. The page needs the answer first.
    const later = (report: NotificationHandler) => async (params: JsonObject) => {
      await introduced;
      if (!this.#isStopped) await report(params);
    };
    const reports: Record<string, NotificationHandler> = {
      "tool-input": (input) => this.#called(page, objectOf(input.arguments) ?? {}),
      "tool-result": (result) => this.#show(page, result),
      "tool-cancelled": ({ reason }) => page.cancelled(textOf(reason) ?? ""),
      "host-context-changed": (change) => this.#surround(page, change),
    };
    for (const [name, report] of Object.entries(reports)) {
      peer.notifications.set(`ui/notifications/${name}`, later(report));
    }
    peer.requests
      .set("ping", async () => ({}))
      .set("ui/resource-teardown", () => this.#stop(page));
    await introduced;
  }

  async #introduce(peer: Peer, page: Page): Promise<void> {
    const late = setTimeout(() => page.failed(hostFailure(new PeerTimeout())), START_TIMEOUT_MS);
    let reply: JsonObject;
    try {
      reply = objectOf(await peer.request("ui/initialize", INTRODUCTION)) ?? {};
    } catch (error) {
      return page.failed(hostFailure(error));
    } finally {
      clearTimeout(late);
    }
    peer.notify("ui/notifications/initialized", {});
    this.#capabilities = objectOf(reply.hostCapabilities) ?? {};
    this.can.call = Boolean(this.#capabilities.serverTools);
    this.can.ask = Boolean(this.#capabilities.message);
    this.can.openLinks = Boolean(this.#capabilities.openLinks);
    this.#isInitialized = true;
    this.#surround(page, objectOf(reply.hostContext) ?? {});
    this.#tellHeight();
  }

  #called(page: Page, args: JsonObject): void {
    this.#arguments = args;
    page.loading(args);
  }

  /** A result that is reported again must not take a person away from what is open. */
  async #show(page: Page, result: JsonObject): Promise<void> {
    const text = JSON.stringify(result);
    if (text === this.#result) return;
    this.#result = text;
    const whole = await this.#whole(result);
    if (!this.#isStopped) showResult(page, whole);
  }

  /** The page will be removed: nothing that comes now is of use to it. */
  async #stop(page: Page): Promise<JsonObject> {
    this.#isStopped = true;
    await page.teardown();
    return {};
  }

  /**
   * The result of `show_board` with all its data.
   *
   * Claude Desktop passes on only its text, and ChatGPT on the web other metadata. Both pass on
   * everything if the page makes the same call itself.
   */
  async #whole(result: JsonObject): Promise<unknown> {
    if (isWhole(result) || !this.can.call || !this.#arguments) return result;
    const params = { name: "show_board", arguments: this.#arguments };
    try {
      return await this.#request("tools/call", params, { timeoutMs: RESULT_TIMEOUT_MS });
    } catch {
      return result;
    }
  }

  #surround(page: Page, change: JsonObject): void {
    const context = contextOf(change);
    page.context(context);
    if (!change.containerDimensions) return;
    const wasFixed = this.#isHeightFixed;
    this.#isHeightFixed = context.fixedHeight !== undefined;
    if (wasFixed) this.#tellHeight();
  }

  async call(tool: string, args: JsonObject, signal: AbortSignal): Promise<Answer> {
    const params = { name: tool, arguments: args };
    const result = await this.#request("tools/call", params, { signal });
    return answerOf(result);
  }

  async ask(text: string, context: JsonObject): Promise<void> {
    await this.#updateContext(context);
    const content = [{ type: "text", text }];
    refuseError(await this.#request("ui/message", { role: "user", content }));
  }

  /** Give the model the facts. The question is worth sending even if this fails. */
  async #updateContext(context: JsonObject): Promise<void> {
    const params = contextParams(objectOf(this.#capabilities.updateModelContext), context);
    if (!params) return;
    try {
      await this.#request("ui/update-model-context", params, { timeoutMs: CONTEXT_TIMEOUT_MS });
    } catch (error) {
      console.warn("The program did not take the facts of the incident.", error);
    }
  }

  async openLink(url: string): Promise<void> {
    refuseError(await this.#request("ui/open-link", { url }));
  }

  /** Tell the height. The width is not told: the page fits into every width. */
  resized(_width: number, height: number): void {
    if (height === this.#height) return;
    this.#height = height;
    this.#tellHeight();
  }

  #tellHeight(): void {
    if (!this.#isInitialized || this.#isHeightFixed || this.#height === undefined) return;
    this.#peer?.notify("ui/notifications/size-changed", { height: this.#height });
  }

  async #request(
    method: string,
    params: JsonObject,
    options: RequestOptions = {},
  ): Promise<unknown> {
    if (!this.#peer) throw new Error("start() comes first");
    try {
      return await this.#peer.request(method, params, options);
    } catch (error) {
      throw error === options.signal?.reason ? error : hostFailure(error);
    }
  }
}

/** The facts in a form that the program takes. One that names no form takes text. */
function contextParams(forms: JsonObject | undefined, facts: JsonObject): JsonObject | undefined {
  if (!forms) return undefined;
  if (forms.structuredContent) return { structuredContent: facts };
  if (!forms.text && Object.keys(forms).length > 0) return undefined;
  return { content: [{ type: "text", text: JSON.stringify(facts) }] };
}

function hostFailure(error: unknown): CallError {
  if (error instanceof PeerTimeout) {
    return new CallError("timeout", "The program that shows this page does not answer.", true);
  }
  if (error instanceof PeerError) {
    const message = `The program that shows this page refused: ${error.message}`;
    return new CallError("host_refused", message, true);
  }
  throw error;
}

/** A host reports in the result itself that it did not open a link or send a message. */
function refuseError(result: unknown): void {
  if (objectOf(result)?.isError !== true) return;
  throw new CallError("host_refused", "The program that shows this page refused.", false);
}
