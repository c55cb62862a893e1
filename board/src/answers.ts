/** The answers of the tools, as the board reads them. Every member can be missing. */

import type { Json, JsonObject } from "./json.js";

/** The answer of a tool: its structured content. */
export type Answer = JsonObject;

/** What `show_board` hands to the page. */
export interface BoardAnswer {
  /** The arguments of `list_incidents` with which the board asks again. */
  arguments: JsonObject;
  /** The arguments for the live incidents, if `arguments` ask for something else. */
  live?: JsonObject;
  /** The answer of `list_incidents`. Missing if the host has dropped it, or after a failure. */
  answer?: Answer;
  /** The tools that the person may use. */
  tools: string[];
  sandbox: boolean;
}

/** An error of a tool: docs/errors.md has the codes. */
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

/** The rows of an answer. Throws a `CallError`: an answer without rows is not an empty one. */
export function rowsOf(answer: Answer, name: "incidents" | "rows" | "attachments"): Json[] {
  const rows = answer[name];
  if (!Array.isArray(rows)) {
    throw new CallError("unexpected_response", `The answer has no ${name}.`, true);
  }
  return rows;
}
