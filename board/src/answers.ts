/** The answers of the tools, as the board reads them. Every member can be missing. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json | undefined;
}

/** The answer of a tool: its structured content. */
export type Answer = JsonObject;

/** What `show_board` hands to the page. */
export interface BoardAnswer {
  /** The arguments of `list_incidents` with which the board asks again. */
  arguments: JsonObject;
  /** The answer of `list_incidents`. Missing if the host has dropped it. */
  answer?: Answer;
  /** The tools that the person may use. */
  tools: string[];
  sandbox: boolean;
}

/** An error of a tool: docs/tools.md has the codes. */
export class CallError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryable: boolean,
    readonly retryAfterS?: number,
  ) {
    super(message);
    this.name = "CallError";
  }
}
