import assert from "node:assert/strict";
import { test } from "node:test";

import { eventData } from "../src/event_stream.js";

test("the data of each event is read, whatever ends its lines", () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    const stream = [`event: message`, `data: {"id":1}`, "", `data:{"id":2}`, "", ""].join(end);
    assert.deepEqual(eventData(stream), ['{"id":1}', '{"id":2}']);
  }
});

test("data of several lines is one text, and comments and events without data are left out", () => {
  assert.deepEqual(eventData(": waiting\n\ndata: a\ndata: b\n\nevent: end\n\n"), ["a\nb"]);
});

test("a stream that ends without an empty line still has its last event", () => {
  assert.deepEqual(eventData("data: a"), ["a"]);
});
