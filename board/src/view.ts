/** A view of the page: the live incidents, one incident, or a plot. */

import type { Answer, JsonObject } from "./answers.js";
import type { TimeFormat } from "./times.js";

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
  /** Show an answer. Returns what changed since the last one, in words, or an empty text. */
  show(answer: Answer, present: Present): string;
  /** Write the durations again: time has passed. */
  tick(present: Present): void;
  /** Stop calls of its own. */
  close(): void;
}
