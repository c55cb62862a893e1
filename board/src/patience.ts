/** How long the page waits for an answer. */

import { CallError } from "./answers.js";

/** A vendor that takes longer is not waited for. */
export const PATIENCE_MS = 25_000;

export function tooLate(): CallError {
  return new CallError("timeout", `No answer within ${PATIENCE_MS / 1000} s.`, true);
}
