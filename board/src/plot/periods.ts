/** Periods in UTC, as `group_by` names them: `2026-08-24` (a day, or a week's Monday), `2026-08`. */

export const UNITS = ["day", "week", "month"] as const;
export type Unit = (typeof UNITS)[number];

const DAY_MS = 86_400_000;
const RELATIVE = /^-(\d+)([mhdw])$/;
const UNIT_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };

/** The first moment of a period; null if *key* is not the name of one. */
export function startOf(key: string): Date | null {
  const start = new Date(`${key.length === 7 ? `${key}-01` : key}T00:00:00Z`);
  return Number.isNaN(start.getTime()) ? null : start;
}

/** The name of the period of *unit* that contains *time*. */
export function periodOf(unit: Unit, time: Date): string {
  if (unit === "month") {
    return time.toISOString().slice(0, 7);
  }
  const sinceMonday = unit === "week" ? (time.getUTCDay() + 6) % 7 : 0;
  return new Date(time.getTime() - sinceMonday * DAY_MS).toISOString().slice(0, 10);
}

/** The moment that an argument of `list_incidents` means: relative to *now*, a date or a time. */
export function moment(argument: string, now: Date): Date | null {
  const [, amount, letter] = RELATIVE.exec(argument) ?? [];
  const time = amount
    ? new Date(now.getTime() - Number(amount) * (UNIT_MS[letter ?? ""] ?? 0))
    : new Date(argument);
  return Number.isNaN(time.getTime()) ? null : time;
}

/** The periods from *first* to *last*, both included; of more than *limit*, the newest. */
export function periodsBetween(unit: Unit, first: string, last: string, limit: number): string[] {
  const periods: string[] = [];
  let key = last;
  while (key >= first && periods.length < limit) {
    periods.unshift(key);
    const start = startOf(key);
    if (!start) {
      break;
    }
    key = periodOf(unit, new Date(start.getTime() - 1));
  }
  return periods;
}
