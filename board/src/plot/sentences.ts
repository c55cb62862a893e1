/** Numbers, minutes and periods of a plot, in words. */

import { duration, isolated } from "../times.js";
import { count, spaced } from "../words.js";
import { numberIn } from "./counts.js";
import type { Counts } from "./counts.js";

const MINUTE = 60_000;
const HOUR = 60;
const DAY = 24 * HOUR;

/** `To resolve`, for the measure `resolve`. */
export function measureName(measure: string): string {
  return measure.startsWith("detect_to_")
    ? `From detection, to ${spaced(measure.slice(10))}`
    : `To ${spaced(measure)}`;
}

export function minutesText(minutes: number): string {
  return minutes === 0 ? "0 min" : duration(minutes * MINUTE);
}

/** A tick of an axis of minutes, in the unit of its *step*: `90 min`, `6 h`, `2 d`. */
export function minuteTick(minutes: number, step: number): string {
  if (minutes === 0) {
    return "0";
  }
  if (step < HOUR) {
    return `${minutes} min`;
  }
  return step < DAY ? `${minutes / HOUR} h` : `${minutes / DAY} d`;
}

/** `24 August`, `week of 24 August`, `August`; with the year if there are several. */
export function periodName({ unit, periods }: Counts, key: string, locale: string): string {
  const day = unit === "month" ? undefined : "numeric";
  const year = hasYears(periods) ? "numeric" : undefined;
  const name = date(key, { day, month: "long", year }, locale);
  return unit === "week" ? `week of ${name}` : name;
}

/** A period on the axis: `24 Aug`, `Aug`. */
export function periodTick({ unit }: Counts, key: string, locale: string): string {
  return date(key, { day: unit === "month" ? undefined : "numeric", month: "short" }, locale);
}

export function hasYears(periods: string[]): boolean {
  return periods[0]?.slice(0, 4) !== periods.at(-1)?.slice(0, 4);
}

/** Rootly's periods are Gregorian. A month of another calendar has other days. */
function date(key: string, parts: Intl.DateTimeFormatOptions, locale: string): string {
  const options = { ...parts, calendar: "gregory", timeZone: "UTC" };
  return isolated(new Date(key).toLocaleDateString(locale, options));
}

/** What a bar says: its period, the incidents, and the minutes of *measure*. */
export function barSentence(
  counts: Counts,
  key: string,
  measure: string | undefined,
  locale: string,
): string {
  const row = counts.rows.get(key);
  const live = numberIn(row, "live");
  const parts = [count(numberIn(row, "incidents") ?? 0, "incident")];
  if (live) {
    parts.push(`${live} still live`);
  }
  if (row && measure) {
    const median = numberIn(row, `${measure}_p50`);
    const most = numberIn(row, `${measure}_p90`);
    const name = measureName(measure).toLowerCase();
    parts.push(`${name}: ${median === undefined ? "no value" : `median ${minutesText(median)}`}`);
    if (most !== undefined) {
      parts.push(`9 of 10 within ${minutesText(most)}`);
    }
  }
  if (counts.partial.has(key)) {
    parts.push(`this ${counts.unit} is not complete`);
  }
  return `${periodName(counts, key, locale)}: ${parts.join(", ")}`;
}
