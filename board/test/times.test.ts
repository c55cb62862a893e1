import assert from "node:assert/strict";
import { test } from "node:test";

import { duration, TimeFormat } from "../src/times.js";

const NOW = Date.parse("2026-11-22T02:00:00Z");
const MINUTE = 60_000;

test("a duration has at most two units", () => {
  const minutes = [0, 1, 59.9, 60, 150, 23 * 60 + 59, 24 * 60, 76 * 60, 42 * 24 * 60 + 14 * 60];
  assert.deepEqual(
    minutes.map((count) => duration(count * MINUTE)),
    [
      ...["under 1 min", "1 min", "59 min", "1 h", "2 h 30 min"],
      ...["23 h 59 min", "1 d", "3 d 4 h", "42 d 14 h"],
    ],
  );
});

test("a time of today is without a date, and one of another year has the year", () => {
  const format = new TimeFormat("en-GB", "UTC");
  const moment = (time: string) => format.moment(Date.parse(time), NOW);
  assert.equal(moment("2026-11-22T01:21:00Z"), "01:21");
  assert.equal(moment("2026-11-21T23:59:00Z"), "21 Nov 23:59");
  assert.equal(moment("2025-12-31T23:59:00Z"), "31 Dec 2025 23:59");
});

test("today is the day in the zone of the person", () => {
  const format = new TimeFormat("en-GB", "America/New_York");
  assert.equal(format.moment(Date.parse("2026-11-22T01:21:00Z"), NOW), "20:21");
  assert.equal(format.moment(Date.parse("2026-11-21T04:00:00Z"), NOW), "20 Nov 23:00");
});

test("since when and how long are told together", () => {
  const format = new TimeFormat("en-GB", "UTC");
  assert.deepEqual(format.since(NOW - 39 * MINUTE, NOW), ["since 01:21,", "39 min"]);
});

test("a time that is written from right to left does not change what stands after it", () => {
  const format = new TimeFormat("ar-EG", "UTC");
  const [since = "", length] = format.since(NOW - 39 * MINUTE, NOW);
  assert.match(since, /^since \u2068[^\u2068]+\u2069,$/);
  assert.equal(length, "39 min");
  assert.match(format.exactly(NOW - 1_000 * MINUTE, NOW), /^\u2068[^\u2068]+\u2069$/);
});

test("a start in the future is called so, and one a few seconds ahead has just begun", () => {
  const format = new TimeFormat("en-GB", "UTC");
  assert.deepEqual(format.since(NOW + 90 * MINUTE, NOW), ["since 03:30,", "a time in the future"]);
  assert.deepEqual(format.since(NOW + 5_000, NOW), ["since 02:00,", "under 1 min"]);
});

test("a locale or a zone that the browser does not know is left to the browser", () => {
  const usual = new TimeFormat().moment(NOW, NOW);
  assert.equal(new TimeFormat("no_such-locale!", "Mars/Olympus").moment(NOW, NOW), usual);
});
