import assert from "node:assert/strict";
import { test } from "node:test";

import { cases } from "../cases/severity.json";
import { readIncidents } from "../src/incident.js";
import { level, severityLabel, worstFirst } from "../src/severity.js";

for (const { name, rows, expected } of cases) {
  test(`order: ${name}`, () => {
    const incidents = rows.map(([severity, started_at, kind, status, environments], place) => ({
      sequential_id: place,
      severity,
      started_at,
      kind,
      status,
      environments,
    }));
    const order = worstFirst(readIncidents({ incidents }));
    assert.deepEqual(order.map(({ number }) => Number(number)), expected);
  });
}

test("a severity is marked by its rank, and an unknown one as unknown", () => {
  const levels = ["sev0", "P1", "medium", "sev3", "sev7", "zebra", undefined].map(level);
  assert.deepEqual(levels, ["worst", "high", "medium", "low", "low", "unknown", "unknown"]);
});

test("a short severity is in capital letters, and a long one as it is", () => {
  assert.equal(severityLabel("sev1"), "SEV1");
  assert.equal(severityLabel("customer-facing outage"), "customer-facing outage");
  assert.equal(severityLabel(undefined), "No severity");
});
