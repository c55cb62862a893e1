/** The scale of a plot. It begins at 0, and its ticks are numbers that people count in. */

export interface Scale {
  /** The value at the upper edge. Larger values are cut, and the plot says so. */
  top: number;
  ticks: number[];
}

const MAX_INTERVALS = 4;
const HOUR = 60;
const DAY = 24 * HOUR;
const MINUTE_STEPS = [1, 2, 5, 10, 15, 30, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR];

/** The scale of minutes ends at so many times the upper quartile of the medians … */
const LIMIT = 4;
/** … unless the highest value is not much higher: cutting would save too little room. */
const TOLERANCE = 1.5;

/** A scale for counts. It cuts nothing: a high bar is what the plot is for. */
export function countScale(counts: number[]): Scale {
  const highest = Math.max(0, ...counts);
  return scale(highest, decimalStep(highest, 1));
}

/**
 * A scale for minutes. A few incidents take days, and would make the bars of all others too low to
 * be compared. So the scale is made for the medians, and what is much higher is cut.
 */
export function minuteScale(medians: number[], marks: number[]): Scale {
  const highest = Math.max(0, ...medians, ...marks);
  const limit = LIMIT * upperQuartile(medians);
  const top = limit > 0 && highest > TOLERANCE * limit ? limit : highest;
  return scale(top, minuteStep(top));
}

function upperQuartile(values: number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  return ordered[Math.floor(0.75 * (ordered.length - 1))] ?? 0;
}

function minuteStep(highest: number): number {
  const step = MINUTE_STEPS.find((minutes) => highest <= MAX_INTERVALS * minutes);
  return step ?? DAY * decimalStep(highest / DAY, 1);
}

/** The smallest of 1, 2, 5, 10, 20, 50 … that needs at most MAX_INTERVALS up to *highest*. */
function decimalStep(highest: number, smallest: number): number {
  let decade = smallest;
  for (;;) {
    for (const step of [decade, 2 * decade, 5 * decade]) {
      if (highest <= MAX_INTERVALS * step) {
        return step;
      }
    }
    decade *= 10;
  }
}

function scale(highest: number, step: number): Scale {
  const intervals = Math.max(1, Math.ceil(highest / step));
  const ticks = Array.from({ length: intervals + 1 }, (_, index) => index * step);
  return { top: intervals * step, ticks };
}
