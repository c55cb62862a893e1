import assert from "node:assert/strict";
import { test } from "node:test";

import { readIncidents } from "../src/incident.js";
import type { JsonObject } from "../src/json.js";
import { readPages } from "../src/pages.js";

function notes(start: number, end: number): string[] {
  return ["the same", `rows ${start} to ${end}`, `${end} of 100 rows fit here: go on with next.`];
}

/** A tool that has *total* rows, and shows *most* in one answer. */
function tool(total: number, most: number) {
  const asked: JsonObject[] = [];
  const call = async (args: JsonObject) => {
    asked.push(args);
    const start = Number(args.after ?? 0);
    const end = Math.min(total, start + most);
    const incidents = Array.from({ length: end - start }, (_, place) => ({ id: start + place }));
    const next = end < total ? { next: { after: String(end) } } : {};
    return { incidents, ...(start === 0 ? { total } : {}), ...next, notes: notes(start, end) };
  };
  return { asked, call };
}

test("a list that was cut is read to its end, with the total of the first answer", async () => {
  const { asked, call } = tool(100, 40);
  const answer = await readPages({ status: ["started"], page_size: 100 }, call);
  assert.equal((answer.incidents as object[]).length, 100);
  assert.equal(answer.total, 100);
  assert.equal(answer.next, undefined);
  assert.deepEqual(answer.notes, ["the same", "rows 0 to 40", "rows 40 to 80", "rows 80 to 100"]);
  assert.deepEqual(asked[1], { status: ["started"], page_size: 100, after: "40" });
});

test("not more than one page is read, and the answer says that there is more", async () => {
  const { asked, call } = tool(143, 77);
  const answer = await readPages({ page_size: 100 }, call);
  assert.equal((answer.incidents as object[]).length, 100);
  assert.equal(answer.total, 143);
  assert.equal(asked.length, 2);
  assert.notEqual(answer.next, undefined);
});

test("a question without a page size is asked once", async () => {
  const { asked, call } = tool(50, 10);
  await readPages({ group_by: ["week"] }, call);
  assert.equal(asked.length, 1);
});

test("an answer without rows is a failure, never an empty list", async () => {
  const failure = { code: "unexpected_response" };
  await assert.rejects(readPages({ page_size: 100 }, async () => ({})), failure);
  assert.throws(() => readIncidents({ incidents: null }), failure);
});
