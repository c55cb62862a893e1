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

/** A text that is not empty. */
export function text(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A whole number, as text. */
export function digits(value: Json | undefined): string | undefined {
  return typeof value === "number" && Number.isInteger(value) ? String(value) : undefined;
}

/** Something with members. Anything else is empty. */
export function object(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

export function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

/** The rows of an answer. Throws a `CallError`: an answer without rows is not an empty one. */
export function rowsOf(answer: Answer, name: "incidents" | "rows" | "attachments"): Json[] {
  const rows = answer[name];
  if (!Array.isArray(rows)) {
    throw new CallError("unexpected_response", `The answer has no ${name}.`, true);
  }
  return rows;
}

/** The objects of a list. */
export function objects(value: Json | undefined): JsonObject[] {
  return list(value).map(object);
}

/** The names in a list of slugs, or of objects with a name or a slug. */
export function names(value: Json | undefined): string[] {
  return list(value).flatMap((item) => nameOf(item) ?? []);
}

/** The members with these *names*, as far as there are any. */
export function members(from: JsonObject, names: readonly string[]): JsonObject {
  const known = names.filter((name) => from[name] !== undefined);
  return Object.fromEntries(known.map((name) => [name, from[name]]));
}

/** An instant, in milliseconds since 1970. */
export function instant(value: Json | undefined): number | undefined {
  const milliseconds = Date.parse(text(value) ?? "");
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

function nameOf(item: Json): string | undefined {
  return text(item) ?? text(object(item).name) ?? text(object(item).slug);
}
