/**
 * The results of tools, as MCP has them.
 *
 * Hosts pass them on in different ways: some drop `_meta` or the structured content, and some pass
 * on only the text, or the text as JSON. All of these are accepted.
 */

import { CallError } from "./answers.js";
import type { Answer, BoardAnswer } from "./answers.js";
import type { Page } from "./host.js";
import { list, numberOf, objectOf, parsedObject, text } from "./json.js";
import type { JsonObject } from "./json.js";

const BOARD_KEY = "incident-desk/board";

/** The answer in a result of a tool. Throws a `CallError` if the result is an error. */
export function answerOf(result: unknown): Answer {
  refuseError(result);
  const answer = contentOf(result);
  if (!answer) {
    throw withoutData();
  }
  return answer;
}

/** Report a result of `show_board` to the page. */
export function showResult(page: Page, result: unknown): void {
  let answer: BoardAnswer;
  try {
    answer = boardAnswerOf(result);
  } catch (error) {
    if (!(error instanceof CallError)) {
      throw error;
    }
    return page.failed(error, boardOf(result));
  }
  page.result(answer);
}

/** Whether a result of `show_board` is an error, or has all that the page needs. */
export function isWhole(result: JsonObject): boolean {
  return isError(result) || boardOf(result)?.answer !== undefined;
}

/** What a result of `show_board` hands to the page. Throws a `CallError` if it is an error. */
function boardAnswerOf(result: unknown): BoardAnswer {
  refuseError(result);
  const board = boardOf(result) ?? boardFrom(contentOf(result));
  if (!board?.answer) {
    throw withoutData();
  }
  return board;
}

/** What `show_board` adds to each result for the page, also to an error: how to ask again. */
function boardOf(result: unknown): BoardAnswer | undefined {
  return boardFrom(objectOf(objectOf(objectOf(result)?._meta)?.[BOARD_KEY]));
}

function boardFrom(board: JsonObject | undefined): BoardAnswer | undefined {
  const args = objectOf(board?.arguments);
  if (!board || !args) {
    return undefined;
  }
  return {
    arguments: args,
    live: objectOf(board.live),
    answer: objectOf(board.answer),
    tools: list(board.tools).filter((tool) => typeof tool === "string"),
    sandbox: board.sandbox === true,
  };
}

function refuseError(result: unknown): void {
  if (isError(result)) {
    throw errorOf(contentOf(result), plainTextOf(result));
  }
}

function isError(result: unknown): boolean {
  return objectOf(result)?.isError === true || objectOf(contentOf(result)?.error) !== undefined;
}

/** The structured content of a result. If it is missing, the JSON in its text. */
function contentOf(result: unknown): JsonObject | undefined {
  const structured = objectOf(objectOf(result)?.structuredContent);
  return structured ?? parsedObject(plainTextOf(result));
}

function plainTextOf(result: unknown): string {
  const content = typeof result === "string" ? result : objectOf(result)?.content;
  if (typeof content === "string") {
    return content;
  }
  if (!Array.isArray(content)) {
    return "";
  }
  const texts = content.map((block) => text(objectOf(block)?.text) ?? "");
  return texts.join("");
}

function errorOf(answer: JsonObject | undefined, plainText: string): CallError {
  const error = objectOf(answer?.error);
  return new CallError(
    text(error?.code) ?? "internal",
    text(error?.message) ?? (plainText || "The call failed, and nothing says why."),
    error?.retryable === true,
    numberOf(error?.retry_after_s),
  );
}

function withoutData(): CallError {
  return new CallError(
    "unexpected_response",
    "The program that shows this page did not pass on the data of the answer.",
    false,
  );
}
