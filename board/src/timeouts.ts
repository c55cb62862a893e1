/** How long the page waits for an answer. */

import { CallError } from "./answers.js";

/** A list that takes longer is not waited for: the next refresh may do better. */
export const LIST_TIMEOUT_MS = 25_000;

/** To count over time, the server may read thousands of incidents, for up to 90 s. */
export const COUNT_TIMEOUT_MS = 95_000;

export function timeoutError(afterMs: number): CallError {
  return new CallError("timeout", `No answer within ${afterMs / 1000} s.`, true);
}
