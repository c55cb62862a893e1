/** A view of the page: the live incidents, one incident, or a plot. */

import type { Answer } from "./answers.js";
import type { JsonObject } from "./json.js";
import type { TimeFormat } from "./times.js";

/** Between two refreshes of what is going on now. */
export const REFRESH_MS = 30_000;

/** What a view needs to write times. */
export interface Present {
  readonly format: TimeFormat;
  readonly now: number;
}

export interface View {
  readonly element: HTMLElement;
  readonly heading: string;
  /** The arguments of `list_incidents` for this view. */
  readonly question: JsonObject;
  /** After how many ms it is asked for again. Undefined: only if a person wants it. */
  readonly refreshMs: number | undefined;
  /** How long to wait for an answer, in ms. */
  readonly timeoutMs: number;
  /** Only the facts of a list are shown: the rest has to be asked for. */
  readonly isPreview: boolean;
  /**
   * Show an answer. *isOwn*: to the question of the view, not to that of `show_board`.
   * Returns what changed since the last answer, in words, or an empty text.
   */
  show(answer: Answer, present: Present, isOwn: boolean): string;
  /** The last call failed. The page says why; the view says what is missing because of that. */
  fail(): void;
  /** Write the durations again: time has passed. */
  tick(present: Present): void;
  /** Stop calls of its own. */
  close(): void;
}
