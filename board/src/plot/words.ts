/** Numbers, durations and periods, as people write them. */

import type { Cell, Counts, Group } from "./counts.js";
import { startOf, type Unit } from "./periods.js";

const HOUR = 60;
const DAY = 24 * HOUR;
/** From so many days on, hours are left out. */
const LONG_DAYS = 100;

const MEASURES: Record<string, string> = {
  acknowledge: "To acknowledge",
  mitigate: "To mitigate",
  resolve: "To resolve",
  detect_to_acknowledge: "From detection to acknowledgement",
};

/** The name of a measure, such as `To resolve`. */
export function measureName(measure: string): string {
  return MEASURES[measure] ?? measure.replaceAll("_", " ");
}

/** A whole number with separators, such as `12,400`. */
export function wholeNumber(value: number, locale: string): string {
  return value.toLocaleString(locale);
}

/** A number for an axis: short from 100,000 on, such as `200K`. */
export function axisNumber(value: number, locale: string): string {
  return value.toLocaleString(locale, { notation: value < 100_000 ? "standard" : "compact" });
}

/** `24 incidents`, with the right form of *noun*. */
export function plural(number: number, noun: string, locale: string): string {
  return `${wholeNumber(number, locale)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Minutes in the two largest units that they need: `8.5 min`, `1 h 25 min`, `3 d 2 h`. */
export function duration(minutes: number, locale: string): string {
  if (minutes < 10) {
    return `${minutes.toLocaleString(locale, { maximumFractionDigits: 1 })} min`;
  }
  const whole = Math.round(minutes);
  const hours = Math.round(whole / HOUR);
  if (whole < HOUR) {
    return `${whole} min`;
  }
  if (whole < DAY) {
    return pair(Math.floor(whole / HOUR), "h", whole % HOUR, "min", locale);
  }
  const days = Math.floor(hours / 24);
  return pair(days, "d", days < LONG_DAYS ? hours % 24 : 0, "h", locale);
}

function pair(large: number, unit: string, small: number, part: string, locale: string): string {
  const first = `${wholeNumber(large, locale)} ${unit}`;
  return small ? `${first} ${small} ${part}` : first;
}

/** A tick of an axis of minutes, in the unit of its *step*: `90 min`, `6 h`, `2 d`. */
export function axisDuration(minutes: number, step: number, locale: string): string {
  if (minutes === 0) {
    return "0";
  }
  if (step < HOUR) {
    return `${minutes} min`;
  }
  return step < DAY ? `${minutes / HOUR} h` : `${axisNumber(minutes / DAY, locale)} d`;
}

/** A period in a sentence: `24 August`, `week of 24 August`, `August`; with its year if it helps. */
export function periodName(counts: Counts, key: string, locale: string): string {
  const day = counts.unit === "month" ? undefined : "numeric";
  const year = hasYears(counts.periods) ? "numeric" : undefined;
  const name = date(key, { day, month: "long", year }, locale);
  return counts.unit === "week" ? `week of ${name}` : name;
}

/** Whether *periods* are in several years. */
export function hasYears(periods: string[]): boolean {
  return periods[0]?.slice(0, 4) !== periods.at(-1)?.slice(0, 4);
}

/** A period on the axis: `24 Aug`, `Aug`. */
export function axisPeriod(unit: Unit, key: string, locale: string): string {
  const month = { month: "short" } as const;
  return date(key, unit === "month" ? month : { day: "numeric", ...month }, locale);
}

function date(key: string, parts: Intl.DateTimeFormatOptions, locale: string): string {
  const start = startOf(key);
  return start ? start.toLocaleDateString(locale, { ...parts, timeZone: "UTC" }) : key;
}

/** What a bar says: its group, its period, its incidents, and the minutes of *measure*. */
export function barSentence(
  counts: Counts,
  group: Group,
  period: string,
  measure: string | null,
  locale: string,
): string {
  const name = periodName(counts, period, locale);
  const cell = group.cells.get(period);
  // The name was typed by someone: it must not change the direction of the rest.
  const subject = counts.dimension
    ? `\u2068${groupName(group, counts.dimension)}\u2069, ${name}`
    : name;
  const facts = [`${subject}: ${incidents(cell, locale)}`];
  if (cell && measure) {
    facts.push(minutes(cell, measure, locale));
  }
  if (counts.partial.has(period)) {
    facts.push(`this ${counts.unit} is not complete`);
  }
  return facts.join("; ");
}

/** The name of a group, such as `sev1`, or `no severity`. */
export function groupName(group: Group, dimension: string): string {
  return group.name ?? `no ${dimension.replace(/s$/, "")}`;
}

function incidents(cell: Cell | undefined, locale: string): string {
  if (!cell) {
    return "no incidents";
  }
  const number = plural(cell.incidents, "incident", locale);
  return cell.live ? `${number}, ${wholeNumber(cell.live, locale)} still live` : number;
}

function minutes(cell: Cell, measure: string, locale: string): string {
  const { p50, p90 } = cell.minutes.get(measure) ?? { p50: null, p90: null };
  const name = measureName(measure).toLowerCase();
  if (p50 === null) {
    return `${name}: no value`;
  }
  const median = `${name}: median ${duration(p50, locale)}`;
  return p90 === null ? median : `${median}, 9 of 10 within ${duration(p90, locale)}`;
}
