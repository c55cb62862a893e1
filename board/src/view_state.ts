/** A view with what is known of its data: how old it is, and whether the last call failed. */

import { CallError } from "./answers.js";
import type { Answer } from "./answers.js";
import { Clock } from "./clock.js";
import { instant } from "./json.js";
import { duration } from "./times.js";
import type { TimeFormat } from "./times.js";
import type { Present, View } from "./view.js";

/** From this age on, the page says how old its data is. */
const OLD_MS = 60_000;

export class ViewState<Kind extends View = View> {
  /** Undefined: nothing has been shown yet. */
  clock: Clock | undefined;
  error: CallError | undefined;
  #showAgain: ((present: Present) => void) | undefined;

  constructor(readonly view: Kind) {}

  /** Take an answer over. *isOwn*: the page asked for it itself, just now. */
  receive(answer: Answer, isOwn: boolean, format: TimeFormat): string {
    const clock = new Clock(instant(answer.as_of) ?? Date.now(), isOwn);
    const news = this.view.show(answer, { format, now: clock.now() }, isOwn);
    this.clock = clock;
    this.error = undefined;
    this.#showAgain = (present) => void this.view.show(answer, present, isOwn);
    return news;
  }

  /** Write all times again, in another locale or zone. */
  rewrite(format: TimeFormat): void {
    this.#showAgain?.(this.present(format));
  }

  /** Take over the answer of `show_board`, which may lack its rows. */
  receiveOrFail(answer: Answer, format: TimeFormat): void {
    try {
      this.receive(answer, false, format);
    } catch (error) {
      if (!(error instanceof CallError)) {
        throw error;
      }
      this.fail(error);
    }
  }

  fail(error: CallError): void {
    this.error = error;
    this.view.fail();
  }

  present(format: TimeFormat): Present {
    return { format, now: this.clock?.now() ?? Date.now() };
  }

  /** "as of 16:00:12 UTC, 2 min ago". Empty without data. */
  age(format: TimeFormat): string {
    if (this.clock === undefined) {
      return "";
    }
    const { asOf } = this.clock;
    const now = this.clock.isRunning ? this.clock.now() : Date.now();
    const moment = `as of ${format.exactly(asOf, now)} ${format.zone(asOf)}`.trim();
    return now - asOf < OLD_MS ? moment : `${moment}, ${duration(now - asOf)} ago`;
  }

  /** Whether the data is fresh enough to wait for the next turn. */
  get isFresh(): boolean {
    const { clock, view } = this;
    return !view.isPreview && clock?.isRunning === true && clock.elapsed() < OLD_MS / 2;
  }
}
