/** Times of day, dates and durations, in the host's locale and zone. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration: "39 min", "2 h 30 min", "3 d 4 h". */
export function duration(milliseconds: number): string {
  if (milliseconds < MINUTE) {
    return "under 1 min";
  }
  if (milliseconds < HOUR) {
    return `${Math.floor(milliseconds / MINUTE)} min`;
  }
  if (milliseconds < DAY) {
    return inTwoUnits(milliseconds, HOUR, "h", MINUTE, "min");
  }
  return inTwoUnits(milliseconds, DAY, "d", HOUR, "h");
}

function inTwoUnits(
  milliseconds: number,
  large: number,
  largeName: string,
  small: number,
  smallName: string,
): string {
  const whole = Math.floor(milliseconds / large);
  const rest = Math.floor((milliseconds % large) / small);
  const first = `${whole} ${largeName}`;
  return rest === 0 ? first : `${first} ${rest} ${smallName}`;
}

/** Letters of Hebrew, Arabic and their neighbours. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff]/;

/**
 * A date or time of a locale. Without the isolation, a number after one that is written from right
 * to left would be drawn before it: "since 1, 20 Nov 10:16 d 15 h".
 */
export function isolated(moment: string): string {
  return RIGHT_TO_LEFT.test(moment) ? `\u2068${moment}\u2069` : moment;
}

/** Writes times for the person who reads them. */
export class TimeFormat {
  /** The locale that is used. It is always a valid one. */
  readonly locale: string;
  readonly #time: Intl.DateTimeFormat;
  readonly #second: Intl.DateTimeFormat;
  readonly #date: Intl.DateTimeFormat;
  readonly #dateWithYear: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #zone: Intl.DateTimeFormat;

  constructor(locale?: string, timeZone?: string) {
    const clock = { hour: "2-digit", minute: "2-digit" } as const;
    const date = { day: "numeric", month: "short" } as const;
    this.#time = format(locale, timeZone, clock);
    this.locale = this.#time.resolvedOptions().locale;
    this.#second = format(locale, timeZone, { ...clock, second: "2-digit" });
    this.#date = format(locale, timeZone, date);
    this.#dateWithYear = format(locale, timeZone, { ...date, year: "numeric" });
    this.#day = format("en-CA", timeZone, { year: "numeric", month: "2-digit", day: "2-digit" });
    this.#zone = format(locale, timeZone, { ...clock, timeZoneName: "short" });
  }

  /** The time of day, with the date if that is not today. */
  moment(at: number, now: number): string {
    const today = this.#day.format(now);
    const day = this.#day.format(at);
    if (day === today) {
      return isolated(this.#time.format(at));
    }
    const isThisYear = day.slice(0, 4) === today.slice(0, 4);
    const date = isThisYear ? this.#date : this.#dateWithYear;
    return isolated(`${date.format(at)} ${this.#time.format(at)}`);
  }

  /** Like `moment`, to the second. */
  exactly(at: number, now: number): string {
    const time = this.#second.format(at);
    const isToday = this.#day.format(at) === this.#day.format(now);
    return isolated(isToday ? time : `${this.#date.format(at)} ${time}`);
  }

  /** Since when something has been going on, and how long: "since 15:21," and "39 min". */
  since(at: number, now: number): string[] {
    const moment = this.moment(at, now);
    // People compare the two times, which are written without seconds.
    const passed = wholeMinutes(now) - wholeMinutes(at);
    const length = at > now + MINUTE ? "a time in the future" : duration(passed);
    return [`since ${moment},`, length];
  }

  /** The short name of the time zone. */
  zone(at: number): string {
    const parts = this.#zone.formatToParts(at);
    return isolated(parts.find((part) => part.type === "timeZoneName")?.value ?? "");
  }
}

function wholeMinutes(instant: number): number {
  return Math.floor(instant / MINUTE) * MINUTE;
}

/** A locale or a zone that this browser does not know is left to the browser. */
function format(
  locale: string | undefined,
  timeZone: string | undefined,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(locale, { ...options, ...(timeZone ? { timeZone } : {}) });
  } catch {
    return new Intl.DateTimeFormat(undefined, options);
  }
}
