import assert from "node:assert/strict";
import { test } from "node:test";

import type { Answer } from "../src/answers.js";
import { numberIn, readCounts } from "../src/plot/counts.js";
import { periodOf, periodsBetween } from "../src/plot/periods.js";
import { countScale, minuteScale } from "../src/plot/scale.js";
import { barSentence, minutesText, minuteTick, periodName } from "../src/plot/sentences.js";

const COLUMNS = ["week", "incidents", "live", "resolve_p50", "resolve_p90"];

function weeks(rows: Answer["rows"], more: Answer = {}, since?: string) {
  const answer = { columns: COLUMNS, rows, as_of: "2026-11-26T16:00:00Z", ...more };
  const counts = readCounts(answer, since);
  assert.ok(counts);
  return counts;
}

test("a scale of counts begins at 0, reaches the highest, and has whole numbers", () => {
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
  const sunday = Date.parse("2026-11-29T23:59:59Z");
  assert.equal(periodOf("day", sunday), "2026-11-29");
  assert.equal(periodOf("week", sunday), "2026-11-23");
  assert.equal(periodOf("month", sunday), "2026-11");
});

test("periods follow one another over the ends of years and leap days", () => {
  assert.deepEqual(periodsBetween("day", "2028-02-28", "2028-03-01"), [
    "2028-02-28",
    "2028-02-29",
    "2028-03-01",
  ]);
  const weeks = ["2026-12-28", "2027-01-04"];
  assert.deepEqual(periodsBetween("week", "2026-12-28", "2027-01-04"), weeks);
  assert.deepEqual(periodsBetween("month", "2026-12", "2027-01"), ["2026-12", "2027-01"]);
});

test("of too many periods the newest stay", () => {
  const periods = periodsBetween("day", "0001-01-01", "2026-11-26");
  assert.equal(periods.length, 400);
  assert.equal(periods.at(-1), "2026-11-26");
});

test("a period without incidents has a place, and no minutes", () => {
  const counts = weeks([
    ["2026-11-09", 1, 0, 10, 20],
    ["2026-11-23", 2, 0, null, null],
  ]);
  assert.deepEqual(counts.periods, ["2026-11-09", "2026-11-16", "2026-11-23"]);
  assert.equal(numberIn(counts.rows.get("2026-11-16"), "resolve_p50"), undefined);
  assert.equal(
    barSentence(counts, "2026-11-16", "resolve", "en-GB"),
    "week of 16 November: 0 incidents",
  );
  assert.equal(
    barSentence(counts, "2026-11-23", "resolve", "en-GB"),
    "week of 23 November: 2 incidents, to resolve: no value",
  );
});

test("periods without incidents at both ends are drawn if it is known what was asked", () => {
  const rows = [["2026-11-09", 1, 0, 10, 20]];
  assert.deepEqual(weeks(rows).periods, ["2026-11-09"]);
  const counts = weeks(rows, {}, "2026-10-26");
  assert.equal(counts.periods[0], "2026-10-26");
  assert.equal(counts.periods.at(-1), "2026-11-23");
  assert.deepEqual([...counts.partial], ["2026-11-23"]);
});

test("a bar says its period, its incidents and its minutes", () => {
  const counts = weeks([["2026-08-24", 14, 9, 85.4, 4_410]], { partial: ["2026-08-24"] });
  assert.equal(
    barSentence(counts, "2026-08-24", "resolve", "en-GB"),
    "week of 24 August: 14 incidents, 9 still live, to resolve: median 1 h 25 min, " +
      "9 of 10 within 3 d 1 h, this week is not complete",
  );
});

test("an answer that is grouped by anything more than one kind of period is not drawn", () => {
  for (const groups of [["severity"], ["month", "severity"], ["severity", "month"], []]) {
    const columns = [...groups, "incidents", "live"];
    assert.equal(readCounts({ columns, rows: [[...groups, 1, 0]] }), undefined);
  }
  assert.equal(readCounts({}), undefined);
});

test("minutes are told apart from none", () => {
  assert.equal(minutesText(0), "0 min");
  assert.equal(minutesText(0.4), "under 1 min");
  assert.equal(minutesText(85.4), "1 h 25 min");
});

test("the ticks of an axis have one unit", () => {
  assert.equal(minuteTick(90, 30), "90 min");
  assert.equal(minuteTick(2_160, 720), "36 h");
  assert.equal(minuteTick(2_880, 1_440), "2 d");
});

test("a year is named where there are several", () => {
  const counts = weeks([
    ["2025-12-29", 1, 0, 1, 1],
    ["2026-01-05", 1, 0, 1, 1],
  ]);
  assert.equal(periodName(counts, "2025-12-29", "en-GB"), "week of 29 December 2025");
});

test("a month is a Gregorian one, also where people use another calendar", () => {
  const rows = [["2026-11", 1, 0, 1, 1]];
  const counts = readCounts({ columns: ["month", ...COLUMNS.slice(1)], rows });
  assert.ok(counts);
  assert.match(periodName(counts, "2026-11", "fa-IR"), /نوامبر/);
  assert.match(periodName({ ...counts, periods: ["2025-12", "2026-11"] }, "2026-11", "th"), /2026/);
});

test("a row whose period is not a date has no place, and breaks nothing", () => {
  const counts = weeks([
    ["someday", 1, 0, 1, 1],
    [null, 1, 0, 1, 1],
    ["2026-11-23", 2, 0, 1, 1],
  ]);
  assert.deepEqual(counts.periods, ["2026-11-23"]);
});
