import assert from "node:assert/strict";
import { test } from "node:test";

import { Clock } from "../src/clock.js";

const NOW = Date.parse("2026-11-22T02:00:00Z");
const MINUTE = 60_000;

test("the present is the time of the answer, whatever the browser's clock says", () => {
  const clock = new Clock(NOW, true);
  assert.ok(clock.now() >= NOW && clock.now() < NOW + MINUTE);
});

test("the clock of an old answer stands still", () => {
  const clock = new Clock(NOW - 1_000 * MINUTE, false);
  assert.equal(clock.isRunning, false);
  assert.equal(clock.now(), NOW - 1_000 * MINUTE);
});
