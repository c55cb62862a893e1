import assert from "node:assert/strict";
import { test } from "node:test";

import type { Answer } from "../src/answers.js";
import { readCounts } from "../src/plot/counts.js";
import { moment, periodOf, periodsBetween } from "../src/plot/periods.js";
import { countScale, minuteScale } from "../src/plot/scale.js";
import { axisDuration, barSentence, duration, periodName } from "../src/plot/words.js";

const COLUMNS = ["week", "incidents", "live", "resolve_p50", "resolve_p90"];

function weeks(rows: Answer["rows"], more: Answer = {}) {
  const answer = { columns: COLUMNS, rows, as_of: "2026-11-26T16:00:00Z", ...more };
  const counts = readCounts(answer, typeof more.since === "string" ? more.since : undefined);
  assert.ok(counts);
  return counts;
}

test("a scale of counts begins at 0, ends at or above the highest, and counts in whole numbers", () => {
  for (const highest of [0, 1, 2, 3, 7, 14, 20, 99, 101, 5_000, 987_654_321]) {
    const { top, ticks } = countScale([highest]);
    assert.equal(ticks[0], 0);
    assert.equal(ticks.at(-1), top);
    assert.ok(top >= highest && top <= 5 * Math.max(1, highest));
    assert.ok(ticks.length >= 2 && ticks.length <= 5);
    assert.ok(ticks.every(Number.isInteger));
  }
});

test("a scale of counts is never cut", () => {
  assert.ok(countScale([1, 1, 1, 1, 5_000]).top >= 5_000);
});

test("a scale of minutes counts in units that people use", () => {
  assert.deepEqual(minuteScale([50, 58], [60]).ticks, [0, 15, 30, 45, 60]);
  assert.deepEqual(minuteScale([200], [700]).ticks, [0, 180, 360, 540, 720]);
  assert.deepEqual(minuteScale([3_000], [5_000]).ticks, [0, 1_440, 2_880, 4_320, 5_760]);
});

test("a mark far above all medians is cut, and the medians stay readable", () => {
  const { top } = minuteScale([100, 90, 110, 120], [150, 4_410, 160, 200]);
  assert.ok(top < 600);
});

test("nothing is cut where that would save little", () => {
  assert.ok(minuteScale([100, 100, 100], [500, 550, 480]).top >= 550);
});

test("a scale of minutes holds when there is no minute", () => {
  assert.deepEqual(minuteScale([], []).ticks, [0, 1]);
  assert.deepEqual(minuteScale([0, 0], [0]).ticks, [0, 1]);
});

test("a week is named by its Monday, and a month by its number", () => {
  const sunday = new Date("2026-11-29T23:59:59Z");
  assert.equal(periodOf("day", sunday), "2026-11-29");
  assert.equal(periodOf("week", sunday), "2026-11-23");
  assert.equal(periodOf("month", sunday), "2026-11");
});

test("periods follow one another over the ends of years and leap days", () => {
  assert.deepEqual(periodsBetween("day", "2028-02-28", "2028-03-01", 9), [
    "2028-02-28",
    "2028-02-29",
    "2028-03-01",
  ]);
  assert.deepEqual(periodsBetween("week", "2026-12-28", "2027-01-04", 9), [
    "2026-12-28",
    "2027-01-04",
  ]);
  assert.deepEqual(periodsBetween("month", "2026-12", "2027-01", 9), ["2026-12", "2027-01"]);
});

test("of too many periods the newest stay", () => {
  assert.deepEqual(periodsBetween("month", "0001-01", "2026-11", 2), ["2026-10", "2026-11"]);
});

test("a relative time, a date and a time are moments; other texts are not", () => {
  const now = new Date("2026-11-26T16:00:00Z");
  assert.equal(moment("-26w", now)?.toISOString(), "2026-05-28T16:00:00.000Z");
  assert.equal(moment("2026-11-21", now)?.toISOString(), "2026-11-21T00:00:00.000Z");
  assert.equal(moment("2026-11-21T14:00:00Z", now)?.toISOString(), "2026-11-21T14:00:00.000Z");
  assert.equal(moment("yesterday", now), null);
});

test("a period without incidents has a place, and no minutes", () => {
  const counts = weeks([
    ["2026-11-09", 1, 0, 10, 20],
    ["2026-11-23", 2, 0, null, null],
  ]);
  assert.deepEqual(counts.periods, ["2026-11-09", "2026-11-16", "2026-11-23"]);
  const [group] = counts.groups;
  assert.ok(group);
  assert.equal(group.cells.get("2026-11-16"), undefined);
  const empty = barSentence(counts, group, "2026-11-16", "resolve", "en-GB");
  assert.equal(empty, "week of 16 November: no incidents");
  const unresolved = barSentence(counts, group, "2026-11-23", "resolve", "en-GB");
  assert.equal(unresolved, "week of 23 November: 2 incidents; to resolve: no value");
});

test("periods without incidents at both ends are drawn if it is known what was asked", () => {
  const rows = [["2026-11-09", 1, 0, 10, 20]];
  assert.deepEqual(weeks(rows).periods, ["2026-11-09"]);
  const counts = weeks(rows, { since: "-28d" });
  assert.equal(counts.periods[0], "2026-10-26");
  assert.equal(counts.periods.at(-1), "2026-11-23");
  assert.deepEqual([...counts.partial].sort(), ["2026-10-26", "2026-11-23"]);
  const whole = weeks(rows, { since: "2026-10-26" });
  assert.deepEqual([...whole.partial], ["2026-11-23"]);
});

test("what comes after an answer that is cut is not drawn as periods without incidents", () => {
  const notes = ["1 of 9 rows fit here: narrow the question."];
  const counts = weeks([["2026-10-26", 1, 0, 10, 20]], { since: "-60d", notes });
  assert.deepEqual(counts.periods, ["2026-10-26"]);
  assert.ok(counts.partial.has("2026-10-26"));
});

test("a bar says its period, its incidents and its minutes", () => {
  const counts = weeks([["2026-08-24", 14, 9, 85.4, 4_410]], { partial: ["2026-08-24"] });
  const [group] = counts.groups;
  assert.ok(group);
  assert.equal(
    barSentence(counts, group, "2026-08-24", "resolve", "en-GB"),
    "week of 24 August: 14 incidents, 9 still live; " +
      "to resolve: median 1 h 25 min, 9 of 10 within 3 d 2 h; this week is not complete",
  );
});

test("a second group is read, wherever its column is", () => {
  const columns = ["severity", "month", "incidents", "live"];
  const rows = [
    ["sev1", "2026-10", 1, 0],
    [null, "2026-10", 2, 0],
    ["sev1", null, 4, 0],
  ];
  const counts = readCounts({ columns, rows });
  assert.equal(counts?.dimension, "severity");
  assert.deepEqual(
    counts.groups.map((group) => group.name),
    ["sev1", null],
  );
  assert.equal(counts.undated, 4);
  assert.deepEqual(counts.periods, ["2026-10"]);
});

test("an answer without periods, or with two kinds of them, is not drawn", () => {
  assert.equal(readCounts({ columns: ["severity", "incidents", "live"], rows: [] }), null);
  assert.equal(readCounts({ columns: ["month", "week", "incidents", "live"], rows: [] }), null);
  assert.equal(readCounts({}), null);
});

test("durations have the two largest units that they need", () => {
  const texts = [0, 0.4, 8.5, 59.4, 59.6, 60, 85.4, 1_439.6, 1_440, 4_410, 1_000_000];
  assert.deepEqual(
    texts.map((minutes) => duration(minutes, "en-GB")),
    [
      "0 min",
      "0.4 min",
      "8.5 min",
      "59 min",
      "1 h",
      "1 h",
      "1 h 25 min",
      "1 d",
      "1 d",
      "3 d 2 h",
      "694 d",
    ],
  );
});

test("the ticks of an axis have one unit", () => {
  assert.equal(axisDuration(90, 30, "en-GB"), "90 min");
  assert.equal(axisDuration(2_160, 720, "en-GB"), "36 h");
  assert.equal(axisDuration(2_880, 1_440, "en-GB"), "2 d");
});

test("a year is named where there are several", () => {
  const counts = weeks([
    ["2025-12-29", 1, 0, 1, 1],
    ["2026-01-05", 1, 0, 1, 1],
  ]);
  assert.equal(periodName(counts, "2025-12-29", "en-GB"), "week of 29 December 2025");
});
