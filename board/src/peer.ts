/**
 * A JSON-RPC 2.0 connection to the window that contains this one, over `postMessage`.
 *
 * The page cannot know the origin of that window, so messages are for any origin ("*"). They never
 * hold a secret. Only messages from that very window are accepted.
 */

import { numberOf, object, objectOf, text } from "./json.js";
import type { JsonObject } from "./json.js";

const METHOD_NOT_FOUND = -32601;
const INTERNAL_ERROR = -32603;

export type RequestHandler = (params: JsonObject) => Promise<JsonObject>;
export type NotificationHandler = (params: JsonObject) => void | Promise<void>;

export interface RequestOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
}

/** The other side has answered a request with an error. */
export class PeerError extends Error {
  constructor(
    readonly code: number | undefined,
    message: string,
  ) {
    super(message);
    this.name = "PeerError";
  }
}

/** There was no answer in time. */
export class PeerTimeout extends Error {}

interface Pending {
  resolve(result: unknown): void;
  reject(reason: unknown): void;
}

export class Peer {
  /** By method. A request that is not there is answered with an error. */
  readonly requests = new Map<string, RequestHandler>();
  /** By method. A notification that is not there is ignored. */
  readonly notifications = new Map<string, NotificationHandler>();
  #lastId = 0;
  readonly #pending = new Map<unknown, Pending>();

  constructor(private readonly other: Window) {
    window.addEventListener("message", (event) => {
      if (event.source === this.other) {
        this.#receive(event.data);
      }
    });
  }

  /**
   * Ask, and wait for the result. The other side is told if the wait ends before that.
   *
   * Rejects with a `PeerError`, a `PeerTimeout`, or the reason of the signal.
   */
  async request(
    method: string,
    params: JsonObject,
    { signal, timeoutMs }: RequestOptions = {},
  ): Promise<unknown> {
    signal?.throwIfAborted();
    const id = ++this.#lastId;
    const end = new AbortController();
    const onAbort = () => this.#cancel(id, signal?.reason);
    const onTimeout = () => this.#cancel(id, new PeerTimeout(`no answer to ${method}`));
    signal?.addEventListener("abort", onAbort, { signal: end.signal });
    const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs);
    try {
      return await new Promise((resolve, reject) => {
        this.#pending.set(id, { resolve, reject });
        this.#send({ id, method, params });
      });
    } finally {
      this.#pending.delete(id);
      clearTimeout(timer);
      end.abort();
    }
  }

  #cancel(id: number, reason: unknown): void {
    this.#pending.get(id)?.reject(reason);
    this.notify("notifications/cancelled", { requestId: id, reason: String(reason) });
  }

  notify(method: string, params: JsonObject): void {
    this.#send({ method, params });
  }

  #send(message: JsonObject): void {
    this.other.postMessage({ jsonrpc: "2.0", ...message }, "*");
  }

  #receive(data: unknown): void {
    const message = objectOf(data);
    if (message?.jsonrpc !== "2.0") {
      return;
    }
    const { method } = message;
    if (typeof method !== "string") {
      this.#settle(message);
    } else if (message.id === undefined) {
      this.#notified(method, message);
    } else {
      void this.#answer(method, message);
    }
  }

  #settle(message: JsonObject): void {
    const pending = this.#pending.get(message.id);
    const error = objectOf(message.error);
    if (!error) {
      return pending?.resolve(message.result);
    }
    const words = text(error.message) ?? "an error without a message";
    pending?.reject(new PeerError(numberOf(error.code), words));
  }

  #notified(method: string, message: JsonObject): void {
    void this.notifications.get(method)?.(object(message.params));
  }

  async #answer(method: string, { id, params }: JsonObject): Promise<void> {
    const handler = this.requests.get(method);
    if (!handler) {
      const error = { code: METHOD_NOT_FOUND, message: `The page does not know ${method}.` };
      return this.#send({ id, error });
    }
    try {
      this.#send({ id, result: await handler(object(params)) });
    } catch (error) {
      this.#send({ id, error: { code: INTERNAL_ERROR, message: String(error) } });
    }
  }
}
