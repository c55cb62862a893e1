/** What goes wrong between the page and the program that shows it. */

import { CallError } from "./answers.js";
import { objectOf } from "./json.js";
import { PeerError, PeerTimeout } from "./peer.js";

/** The error of a request to the program. Throws *error* if it is another one. */
export function failureOf(error: unknown): CallError {
  if (error instanceof PeerTimeout) {
    return new CallError("timeout", "The program that shows this page does not answer.", true);
  }
  if (error instanceof PeerError) {
    const message = `The program that shows this page refused: ${error.message}`;
    return new CallError("host_refused", message, true);
  }
  throw error;
}

/** A program reports in the result itself that it did not open a link or send a message. */
export function throwIfRefused(result: unknown): void {
  if (objectOf(result)?.isError === true) {
    throw new CallError("host_refused", "The program that shows this page refused.", false);
  }
}
