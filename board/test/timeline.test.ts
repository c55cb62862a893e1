import assert from "node:assert/strict";
import { test } from "node:test";

import { timeline } from "../src/timeline.js";

test("lifecycle, events, sub-statuses and alerts are in one order, the newest first", () => {
  const entries = timeline({
    created_at: "2026-11-22T01:20:00Z",
    user: "Amara Okafor",
    acknowledged_at: "2026-11-22T01:25:00Z",
    events: [{ at: "2026-11-22T01:21:38Z", text: "Paged the on-call" }],
    sub_statuses: [{ name: "Rolling back", at: "2026-11-22T01:56:00Z" }],
    alerts: [{ at: "2026-11-22T01:17:00Z", summary: "5xx", source: "datadog", status: "open" }],
  });
  assert.deepEqual(
    entries.map(({ kind, text }) => `${kind} ${text}`.trim()),
    [
      "Status Rolling back",
      "Acknowledged",
      "Paged the on-call",
      "Declared by Amara Okafor",
      "Alert of datadog 5xx (open)",
    ],
  );
});

test("an entry without a time comes last, and an empty incident has no entries", () => {
  const entries = timeline({
    events: [{ text: "No time" }, { at: "2026-11-22T01:21:38Z", text: "A time" }],
  });
  assert.deepEqual(entries.map(({ text }) => text), ["A time", "No time"]);
  assert.deepEqual(timeline({}), []);
  assert.deepEqual(timeline({ events: null, alerts: "none", started_at: 5 }), []);
});

test("at the same second, what the answer names later is newer", () => {
  const at = "2026-11-22T01:20:00Z";
  const entries = timeline({ created_at: at, started_at: at });
  assert.deepEqual(entries.map(({ kind }) => kind), ["Started", "Declared"]);
});
