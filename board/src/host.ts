/** What the page asks of the program that shows it, and what that program reports to the page. */

import type { Answer, BoardAnswer, CallError } from "./answers.js";
import type { JsonObject } from "./json.js";

/** The surroundings of the page. Each change brings only the members that changed. */
export interface HostContext {
  theme?: "light" | "dark";
  /** Custom properties of CSS by name, such as `--color-background-primary`. */
  variables?: Record<string, string>;
  /** BCP 47. */
  locale?: string;
  /** A name of the IANA database. */
  timeZone?: string;
}

/** The page, as the host reports to it. */
export interface Page {
  context(context: HostContext): void;
  /** A result is on its way. */
  loading(args: JsonObject): void;
  result(answer: BoardAnswer): void;
  /** *board* has no answer, but the arguments with which the page can ask again. */
  failed(error: CallError, board?: BoardAnswer): void;
  cancelled(reason: string): void;
  /** The page will be removed: stop timers and calls. */
  teardown(): Promise<void>;
}

export interface Host {
  /** What this host offers. It is known after `start`. */
  readonly can: { call: boolean; ask: boolean; openLinks: boolean };
  /** Connect, and from then on report to *page*. */
  start(page: Page): Promise<void>;
  /** Call `show_board` again, and report to the page as before. */
  showAgain(): Promise<void>;
  /** Call a tool. Rejects with a `CallError`, or with the reason of *signal*. */
  call(tool: string, args: JsonObject, signal: AbortSignal): Promise<Answer>;
  /** Hand the model one incident, as the person's question. */
  ask(text: string, context: JsonObject): Promise<void>;
  openLink(url: string): Promise<void>;
  /** The page has this size now, in pixels. */
  resized(width: number, height: number): void;
}
