/**
 * A chat program that shows one page: the host's side is the official one (`AppBridge`).
 *
 * A test opens the page with `openBoard(options)`. After that it uses `chat`: what the page has
 * sent, and what a chat program can do to it.
 */

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import {
  AppBridge,
  getToolUiResourceUri,
  PostMessageTransport,
  type McpUiHostCapabilities,
  type McpUiHostContext,
} from "@modelcontextprotocol/ext-apps/app-bridge";

import { problemOf } from "./messages";

const EXTENSION = { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } };

type Json = Record<string, unknown>;

interface Options {
  /** The address of our MCP server. */
  server: string;
  /** The address of the sandbox proxy. */
  proxy: string;
  /** Arguments of `show_board`. */
  arguments: Record<string, unknown>;
  /** The protocol that the program speaks to the server. */
  era: "legacy" | "auto";
  capabilities: McpUiHostCapabilities;
  context: McpUiHostContext;
  /** What the program does when the page tells its height. */
  fit: "follow" | "ignore" | "short";
  /** The height of the frame in the beginning. */
  height: number;
  /** Members of the result that the program does not pass on. */
  drop: ("_meta" | "structuredContent" | "content")[];
  /** When the result of `show_board` is passed on. */
  result: "after initialized" | "before initialized" | "never";
  /** Whether a message and a link are refused. */
  refuses: boolean;
  /** Tools whose answers are held until `chat.release()`. */
  hold: string[];
  /** The answer to `ui/initialize`, in place of the official one; `null` for none. */
  introduction?: Json | null;
  /** The page, if it is not read from the server. */
  html?: string;
  /** The attribute `sandbox` of the page's frame. */
  sandbox?: string;
}

/** The height of the frame when the page has told its height. */
const HEIGHTS: Record<Options["fit"], (height: number, previous: number) => number> = {
  follow: (height) => height,
  ignore: (_, previous) => previous,
  short: (height) => height - 2,
};

class Chat {
  /** Every message of the page, in order. */
  readonly messages: { at: number; message: Json }[] = [];
  /** What is wrong with messages of the page, by the schemas of the protocol. */
  readonly problems: string[] = [];
  /** The parameters of requests by the page: `ui/message` and so on. */
  readonly asked: Json[] = [];
  readonly contexts: Json[] = [];
  readonly links: string[] = [];
  readonly heights: number[] = [];
  readonly frame = document.createElement("iframe");
  readonly bridge: AppBridge;
  /** The page has introduced itself. */
  readonly introduced: Promise<void>;
  /** The page has the answer to that. */
  readonly initialized: Promise<void>;
  #resolveIntroduced!: () => void;
  #early?: { method: string; result: Json };
  #held: (() => void)[] = [];
  #holds: Set<string>;

  constructor(
    readonly client: Client,
    readonly options: Options,
  ) {
    const info = { name: "test-host", version: "1.0.0" };
    const { capabilities, context } = options;
    this.bridge = new AppBridge(client, info, capabilities, { hostContext: context });
    this.introduced = new Promise((resolve) => (this.#resolveIntroduced = resolve));
    this.initialized = new Promise((resolve) => {
      this.bridge.addEventListener("initialized", () => resolve());
    });
    this.#holds = new Set(options.hold);
    this.#answer();
  }

  #answer(): void {
    const { bridge, options } = this;
    const answer = () => (options.refuses ? { isError: true } : {});
    bridge.onmessage = async (params) => (this.asked.push(params as Json), answer());
    bridge.onopenlink = async ({ url }) => (this.links.push(url), answer());
    bridge.onupdatemodelcontext = async (params) => (this.contexts.push(params as Json), {});
    bridge.addEventListener("sizechange", ({ height }) => {
      if (height === undefined) return;
      this.heights.push(height);
      const next = HEIGHTS[options.fit](height, this.frame.offsetHeight);
      this.frame.style.height = `${next}px`;
    });
  }

  /** Show the page: first the sandbox proxy, then the page inside it. */
  async show(html: string): Promise<void> {
    const { frame, bridge, options } = this;
    frame.style.height = `${options.height}px`;
    document.body.append(frame);
    const other = frame.contentWindow!;
    addEventListener("message", ({ source, data }) => {
      if (source === other) this.#record(data);
    });
    bridge.addEventListener("sandboxready", () => {
      void bridge.sendSandboxResourceReady({ html, sandbox: options.sandbox });
    });
    await bridge.connect(this.#transport(other));
    frame.src = options.proxy;
  }

  #transport(other: Window): PostMessageTransport {
    const transport = new PostMessageTransport(other, other);
    const { introduction } = this.options;
    if (introduction === undefined) return transport;
    const send = transport.send.bind(transport);
    transport.send = async (message) => {
      const isIntroduction = "result" in message && "hostInfo" in (message.result as Json);
      if (!isIntroduction) return send(message);
      if (introduction) return send({ ...message, result: introduction });
    };
    return transport;
  }

  #record(message: Json): void {
    const method = String(message.method ?? "");
    if (method.startsWith("ui/notifications/sandbox-")) return;
    this.messages.push({ at: performance.now(), message });
    if (method === "ui/initialize") this.#resolveIntroduced();
    if (this.#early && method === this.#early.method) {
      const input = { arguments: this.options.arguments };
      this.post({ jsonrpc: "2.0", method: "ui/notifications/tool-input", params: input });
      this.result(this.#early.result);
    }
    const problem = problemOf(message);
    if (problem) this.problems.push(`${JSON.stringify(message)}: ${problem}`);
  }

  /** Fetch for the client, which holds the answers of some tools. */
  async fetch(url: string | URL, init?: RequestInit): Promise<Response> {
    const response = await fetch(url, init);
    const request = typeof init?.body === "string" ? JSON.parse(init.body) : {};
    if (request.method === "tools/call" && this.#holds.has(request.params.name)) {
      await new Promise<void>((resolve, reject) => {
        this.#held.push(resolve);
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      });
    }
    return response;
  }

  /** Hold the answers of these tools from now on. */
  hold(...tools: string[]): void {
    this.#holds = new Set(tools);
  }

  /** Pass on the answers that are held, and all later ones. */
  release(): void {
    this.#holds.clear();
    for (const resolve of this.#held.splice(0)) resolve();
  }

  /** Send the page any message, also one that `AppBridge` would not send. */
  post(message: unknown): void {
    this.frame.contentWindow!.postMessage(message, "*");
  }

  /** Hand the page a result of `show_board`. */
  result(result: Json): void {
    this.post({ jsonrpc: "2.0", method: "ui/notifications/tool-result", params: result });
  }

  /** Hand the page input and result as soon as it makes this request, before the answer to it. */
  whenAsked(method: string, result: Json): void {
    this.#early = { method, result };
  }

  /** Take the page away, as a program does when a person closes it. */
  async close(): Promise<void> {
    await this.bridge.teardownResource({});
  }
}

declare global {
  interface Window {
    chat: Chat;
    openBoard(options: Options): Promise<void>;
  }
}

window.openBoard = async (options) => {
  const client = new Client(
    { name: "test-host", version: "1.0.0" },
    { capabilities: { extensions: EXTENSION }, versionNegotiation: { mode: options.era } },
  );
  const chat = new Chat(client, options);
  window.chat = chat;
  const url = new URL(`/mcp?server=${encodeURIComponent(options.server)}`, location.href);
  const transport = new StreamableHTTPClientTransport(url, { fetch: chat.fetch.bind(chat) });
  await client.connect(transport);
  const html = options.html ?? (await pageOf(client));
  if (options.result === "before initialized") {
    chat.whenAsked("ui/initialize", await resultOf(chat));
    await chat.show(html);
    return chat.introduced;
  }
  await chat.show(html);
  await (options.introduction === undefined ? chat.initialized : chat.introduced);
  await chat.bridge.sendToolInput({ arguments: options.arguments });
  if (options.result === "after initialized") void passResult(chat);
};

/** The page of `show_board`, as the server has it. */
async function pageOf(client: Client): Promise<string> {
  const { tools } = await client.listTools();
  const tool = tools.find(({ name }) => name === "show_board");
  if (!tool) throw new Error("the server does not offer show_board");
  const uri = getToolUiResourceUri(tool);
  if (!uri) throw new Error("show_board has no page");
  const [content] = (await client.readResource({ uri })).contents;
  if (!content || !("text" in content)) throw new Error(`${uri} is not a text`);
  return content.text as string;
}

async function passResult(chat: Chat): Promise<void> {
  chat.result(await resultOf(chat));
}

/** The result of `show_board`, as the program passes it on. */
async function resultOf({ client, options }: Chat): Promise<Json> {
  const params = { name: "show_board", arguments: options.arguments };
  // Tests move the clock on while an answer is held.
  const result: Json = await client.callTool(params, { timeout: 3_600_000 });
  for (const member of options.drop) delete result[member];
  return result;
}
