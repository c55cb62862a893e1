/** Periods in UTC. A day is named `2026-08-27`, a week by its Monday, a month `2026-08`. */

export const UNITS = ["day", "week", "month"] as const;
export type Unit = (typeof UNITS)[number];

const DAY = 86_400_000;
/** More are not drawn: bars would be too narrow. */
const MAX_PERIODS = 400;

/** The name of the period of *unit* that contains *time*, in milliseconds since 1970. */
export function periodOf(unit: Unit, time: number): string {
  const date = new Date(time);
  if (unit === "month") {
    return date.toISOString().slice(0, 7);
  }
  const sinceMonday = unit === "week" ? (date.getUTCDay() + 6) % 7 : 0;
  return new Date(time - sinceMonday * DAY).toISOString().slice(0, 10);
}

/** The first day of the last *number* periods. *now* is in the newest of them. */
export function firstDay(unit: Unit, number: number, now: number): string {
  let key = periodOf(unit, now);
  for (let left = number; left > 1; left--) {
    key = periodBefore(unit, key);
  }
  return periodOf("day", Date.parse(key));
}

/** The periods from *first* to *last*, both included; of too many, the newest. */
export function periodsBetween(unit: Unit, first: string, last: string): string[] {
  const periods: string[] = [];
  for (let key = last; key >= first && periods.length < MAX_PERIODS; ) {
    periods.unshift(key);
    key = periodBefore(unit, key);
  }
  return periods;
}

function periodBefore(unit: Unit, key: string): string {
  return periodOf(unit, Date.parse(key) - 1);
}
