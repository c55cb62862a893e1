/** Reads a list that does not fit into one answer. */

import { rowsOf } from "./answers.js";
import type { Answer } from "./answers.js";
import { names, object } from "./json.js";
import type { JsonObject } from "./json.js";

type Call = (args: JsonObject) => Promise<Answer>;

/**
 * The answer to *question* with up to `page_size` rows.
 *
 * An answer of a tool is cut at a number of characters, and then has fewer rows. The total and the
 * time are those of the first answer.
 */
export async function readPages(question: JsonObject, call: Call): Promise<Answer> {
  const first = await call(question);
  const most = Number(question.page_size ?? 0);
  if (most === 0) {
    return first;
  }
  const rows = [...rowsOf(first, "incidents")];
  const notes = new Set(names(first.notes));
  let next = first.next;
  while (next !== undefined && rows.length < most) {
    const answer = await call({ ...question, ...object(next) });
    rows.push(...rowsOf(answer, "incidents"));
    names(answer.notes).forEach((note) => notes.add(note));
    next = answer.next;
  }
  const hasMore = rows.length > most || next !== undefined;
  return {
    ...first,
    incidents: rows.slice(0, most),
    // The page has gone on already.
    notes: [...notes].filter((note) => !note.endsWith("go on with next.")),
    next: hasMore ? first.next : undefined,
  };
}
