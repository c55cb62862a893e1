/**
 * A JSON-RPC 2.0 connection to the window that contains this one, over `postMessage`.
 *
 * The page cannot know the origin of that window, so messages are for any origin ("*"). They never
 * hold a secret. Only messages from that very window are accepted.
 */

import type { JsonObject } from "./answers.js";
import { numberOf, objectOf, textOf } from "./json.js";

const METHOD_NOT_FOUND = -32601;
const INTERNAL_ERROR = -32603;

export type RequestHandler = (params: JsonObject) => Promise<JsonObject>;
export type NotificationHandler = (params: JsonObject) => void;

export interface Handlers {
  /** By method. A method that is not there is answered with an error. */
  requests: Map<string, RequestHandler>;
  /** By method. A method that is not there is ignored. */
  notifications: Map<string, NotificationHandler>;
}

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
  #lastId = 0;
  readonly #pending = new Map<number, Pending>();

  constructor(
    private readonly other: Window,
    private readonly handlers: Handlers,
  ) {
    window.addEventListener("message", (event) => {
      if (event.source === this.other) this.#receive(event.data);
    });
  }

  /**
   * Ask, and wait for the result. The other side is told if the wait ends before that.
   *
   * Rejects with a `PeerError`, a `PeerTimeout`, or the reason of the signal.
   */
  request(method: string, params: JsonObject, options: RequestOptions = {}): Promise<unknown> {
    const { signal, timeoutMs } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const cancel = (reason: unknown) => {
        this.#pending.get(id)?.reject(reason);
        this.notify("notifications/cancelled", { requestId: id, reason: String(reason) });
      };
      const onAbort = () => cancel(signal?.reason);
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => cancel(new PeerTimeout(`no answer to ${method}`)), timeoutMs);
      const settle = <T>(settled: (value: T) => void) => (value: T) => {
        this.#pending.delete(id);
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        settled(value);
      };
      this.#pending.set(id, { resolve: settle(resolve), reject: settle(reject) });
      signal?.addEventListener("abort", onAbort);
      this.#send({ id, method, params });
    });
  }

  notify(method: string, params: JsonObject): void {
    this.#send({ method, params });
  }

  #send(message: JsonObject): void {
    this.other.postMessage({ jsonrpc: "2.0", ...message }, "*");
  }

  #receive(data: unknown): void {
    const message = objectOf(data);
    if (message?.jsonrpc !== "2.0") return;
    const method = textOf(message.method);
    if (method === undefined) this.#settle(message);
    else if (message.id === undefined) this.#notified(method, message);
    else void this.#answer(method, message);
  }

  #settle(message: JsonObject): void {
    const pending = this.#pending.get(Number(message.id));
    const error = objectOf(message.error);
    if (!error) return pending?.resolve(message.result);
    const text = textOf(error.message) ?? "an error without a message";
    pending?.reject(new PeerError(numberOf(error.code), text));
  }

  #notified(method: string, message: JsonObject): void {
    this.handlers.notifications.get(method)?.(objectOf(message.params) ?? {});
  }

  async #answer(method: string, { id, params }: JsonObject): Promise<void> {
    const handler = this.handlers.requests.get(method);
    if (!handler) {
      const error = { code: METHOD_NOT_FOUND, message: `The page does not know ${method}.` };
      return this.#send({ id, error });
    }
    try {
      this.#send({ id, result: await handler(objectOf(params) ?? {}) });
    } catch (error) {
      this.#send({ id, error: { code: INTERNAL_ERROR, message: String(error) } });
    }
  }
}
