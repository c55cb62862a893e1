/** What the page asks if the host has dropped what `show_board` hands to it. */

import type { BoardAnswer, JsonObject } from "./answers.js";
import { isPlot, liveIncidents, numberIn, overTime, periodOf } from "./question.js";

/** The same question as that of `show_board` with the arguments *call*. */
export function boardOfCall(call: JsonObject, now: number): BoardAnswer {
  const live = liveIncidents(call);
  const board = { arguments: live, live, tools: [], sandbox: false };
  if (isPlot(call)) {
    return { ...board, arguments: overTime(live, periodOf(call), now) };
  }
  const number = numberIn(call);
  return number === undefined ? board : { ...board, arguments: { sequential_id: number } };
}
