/**
 * A chat program that shows the page, by the protocol of MCP Apps.
 *
 * https://github.com/modelcontextprotocol/ext-apps, specification/2026-01-26
 */

import { CallError, type Answer, type JsonObject } from "./answers.js";
import type { Host, HostContext, Page } from "./host.js";
import { numberOf, objectOf, textOf } from "./json.js";
import { Peer, PeerError, PeerTimeout } from "./peer.js";
import { answerOf, showResult } from "./tool_result.js";

const PROTOCOL_VERSION = "2026-01-26";
const INTRODUCTION = {
  protocolVersion: PROTOCOL_VERSION,
  appInfo: { name: "incident-desk-board", title: "Incident Desk", version: "1.0.0" },
  appCapabilities: { availableDisplayModes: ["inline"] },
};

// Programs that show pages wait for a person before they answer some requests, so these requests
// have no time limit: to open a link, and to send a message.
const START_TIMEOUT_MS = 20_000;
const CONTEXT_TIMEOUT_MS = 5_000;

export class AppsHost implements Host {
  readonly standalone = false;
  readonly can = { call: false, ask: false, openLinks: false };
  #peer: Peer | undefined;
  #capabilities: JsonObject = {};
  #isInitialized = false;
  #isHeightFixed = false;
  #height: number | undefined;

  async start(page: Page): Promise<void> {
    const peer = new Peer(window.parent, {
      requests: new Map([
        ["ping", async () => ({})],
        ["ui/resource-teardown", () => stopped(page)],
      ]),
      notifications: new Map([
        ["ui/notifications/tool-input", (params) => page.loading(objectOf(params.arguments) ?? {})],
        ["ui/notifications/tool-result", (params) => showResult(page, params)],
        ["ui/notifications/tool-cancelled", (params) => page.cancelled(textOf(params.reason) ?? "")],
        ["ui/notifications/host-context-changed", (params) => this.#surround(page, params)],
      ]),
    });
    this.#peer = peer;
    try {
      const options = { timeoutMs: START_TIMEOUT_MS };
      this.#introduced(page, objectOf(await peer.request("ui/initialize", INTRODUCTION, options)));
      peer.notify("ui/notifications/initialized", {});
      this.#isInitialized = true;
      this.#tellHeight();
    } catch (error) {
      page.failed(hostFailure(error));
    }
  }

  #introduced(page: Page, reply: JsonObject = {}): void {
    this.#capabilities = objectOf(reply.hostCapabilities) ?? {};
    this.can.call = "serverTools" in this.#capabilities;
    this.can.ask = "message" in this.#capabilities;
    this.can.openLinks = "openLinks" in this.#capabilities;
    this.#surround(page, objectOf(reply.hostContext) ?? {});
  }

  #surround(page: Page, hostContext: JsonObject): void {
    const context = contextOf(hostContext);
    if (hostContext.containerDimensions) this.#isHeightFixed = context.fixedHeight !== undefined;
    page.context(context);
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
    const modalities = objectOf(this.#capabilities.updateModelContext);
    if (!modalities) return;
    const params =
      "structuredContent" in modalities
        ? { structuredContent: context }
        : { content: [{ type: "text", text: JSON.stringify(context) }] };
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
    options: { signal?: AbortSignal; timeoutMs?: number } = {},
  ): Promise<unknown> {
    if (!this.#peer) throw new Error("start() comes first");
    try {
      return await this.#peer.request(method, params, options);
    } catch (error) {
      throw error === options.signal?.reason ? error : hostFailure(error);
    }
  }
}

async function stopped(page: Page): Promise<JsonObject> {
  await page.teardown();
  return {};
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

function contextOf(context: JsonObject): HostContext {
  const dimensions = objectOf(context.containerDimensions);
  return withoutMissing({
    theme: themeOf(context.theme),
    variables: variablesOf(context.styles),
    locale: textOf(context.locale),
    timeZone: textOf(context.timeZone),
    fixedHeight: numberOf(dimensions?.height),
    maxHeight: numberOf(dimensions?.maxHeight),
  });
}

function themeOf(theme: unknown): "light" | "dark" | undefined {
  return theme === "light" || theme === "dark" ? theme : undefined;
}

/** The custom properties of the host. Its fonts are not loaded: the page never uses the network. */
function variablesOf(styles: unknown): Record<string, string> | undefined {
  const variables = objectOf(objectOf(styles)?.variables);
  if (!variables) return undefined;
  const custom: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (name.startsWith("--") && typeof value === "string") custom[name] = value;
  }
  return custom;
}

/** A change of the context has only the members that changed. */
function withoutMissing(context: { [K in keyof HostContext]: HostContext[K] | undefined }) {
  const members = Object.entries(context).filter(([, value]) => value !== undefined);
  return Object.fromEntries(members) as HostContext;
}
