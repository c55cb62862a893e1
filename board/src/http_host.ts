/**
 * Our own HTTP server, which shows the page without a chat.
 *
 * The page calls tools by MCP over HTTP, in the stateless protocol (2026-07-28), where each request
 * is complete in itself. A call is cancelled by closing its request.
 */

import { CallError } from "./answers.js";
import type { Answer } from "./answers.js";
import { eventData } from "./event_stream.js";
import type { Host, Page } from "./host.js";
import { numberOf, objectOf, parsedObject, text } from "./json.js";
import type { JsonObject } from "./json.js";
import { answerOf, showResult } from "./tool_result.js";

const ENDPOINT = "board/mcp"; // beside the page, wherever that is
const PROTOCOL_VERSION = "2026-07-28";
const START_TIMEOUT_MS = 55_000;
const META = {
  "io.modelcontextprotocol/protocolVersion": PROTOCOL_VERSION,
  "io.modelcontextprotocol/clientInfo": { name: "incident-desk-board", version: "1.0.0" },
  "io.modelcontextprotocol/clientCapabilities": {
    extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } },
  },
};

export class HttpHost implements Host {
  readonly can = { call: true, ask: false, openLinks: true };
  #page: Page | undefined;
  #lastId = 0;

  async start(page: Page): Promise<void> {
    this.#page = page;
    page.context({});
    await this.showAgain();
  }

  /** There is no model that calls `show_board`, so the page calls it itself. */
  async showAgain(): Promise<void> {
    const page = this.#page;
    page?.loading({});
    let result: unknown;
    try {
      result = await this.#result("show_board", {}, AbortSignal.timeout(START_TIMEOUT_MS));
    } catch (error) {
      return page?.failed(failureOf(error));
    }
    if (page) {
      showResult(page, result);
    }
  }

  async call(tool: string, args: JsonObject, signal: AbortSignal): Promise<Answer> {
    try {
      return answerOf(await this.#result(tool, args, signal));
    } catch (error) {
      throw error === signal.reason ? error : failureOf(error);
    }
  }

  async ask(): Promise<void> {
    throw new Error("there is no chat");
  }

  async openLink(url: string): Promise<void> {
    window.open(url, "_blank", "noopener,noreferrer");
  }

  resized(): void {
    // A window of its own has the size that the person gives it.
  }

  async #result(tool: string, args: JsonObject, signal: AbortSignal): Promise<unknown> {
    const id = ++this.#lastId;
    const params = { name: tool, arguments: args, _meta: META };
    const response = await fetch(ENDPOINT, {
      method: "POST",
      signal,
      headers: {
        Accept: "application/json, text/event-stream",
        "Content-Type": "application/json",
        "MCP-Protocol-Version": PROTOCOL_VERSION,
        "Mcp-Method": "tools/call",
        "Mcp-Name": tool,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params }),
    });
    const message = await messageOf(response, id);
    if (message && "result" in message) {
      return message.result;
    }
    throw refusalOf(response, objectOf(message?.error));
  }
}

/** The answer to the request *id*. In an event stream, events about its progress come before it. */
async function messageOf(response: Response, id: number): Promise<JsonObject | undefined> {
  const isStream = response.headers.get("Content-Type")?.startsWith("text/event-stream");
  const body = await response.text();
  if (!isStream) {
    return parsedObject(body);
  }
  return eventData(body).map(parsedObject).find((message) => message?.id === id);
}

/** The service refuses a request with an error of its own, or of JSON-RPC. */
function refusalOf(response: Response, error: JsonObject | undefined): CallError {
  const { status } = response;
  const message = text(error?.message) ?? `The server answered with the status ${status}.`;
  if (status === 401) {
    return new CallError("session_over", message, false);
  }
  const isBusy = status === 429 || status >= 500;
  const code = text(error?.code) ?? (isBusy ? "unavailable" : "rejected");
  return new CallError(code, message, isBusy, retryAfterOf(response));
}

function retryAfterOf(response: Response): number | undefined {
  return numberOf(Number.parseInt(response.headers.get("Retry-After") ?? "", 10));
}

function failureOf(error: unknown): CallError {
  if (error instanceof CallError) {
    return error;
  }
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return new CallError("timeout", "The server did not answer in time.", true);
  }
  if (error instanceof TypeError) {
    const message = "The server does not answer. If it was `incident-desk board`, run that again.";
    return new CallError("unavailable", message, true);
  }
  throw error;
}
