/** The panels of a plot: what each of them shows, and at which scale. */

import type { Cell, Counts, Group } from "./counts.js";
import type { Panel } from "./panel.js";
import { countScale, minuteScale, type Scale } from "./scale.js";
import * as words from "./words.js";

/** What the bars can show, beside the measures of the answer. */
export const INCIDENTS = "incidents";

interface Height {
  bar: number | null;
  mark: number | null;
}

export interface PanelRequest {
  counts: Counts;
  groups: Group[];
  periods: string[];
  /** What the bars show: INCIDENTS or a measure. */
  what: string;
  /** The measure whose minutes a screen reader says with each bar. */
  measure: string | null;
  locale: string;
}

/** One panel for each group. All have one scale, so that they can be compared. */
export function panelsOf(request: PanelRequest): Panel[] {
  const { counts, groups, periods, what, measure, locale } = request;
  const scale = scaleOf(groups, periods, what);
  const step = scale.ticks[1] ?? 1;
  const isCount = what === INCIDENTS;
  return groups.map((group) => ({
    label: `${titleOf(what)} per ${counts.unit}`,
    columns: periods.map((key) => ({
      key,
      label: words.barSentence(counts, group, key, measure, locale),
      isPartial: counts.partial.has(key),
      ...heightOf(group.cells.get(key), what),
    })),
    scale,
    axis: axisOf(counts, periods, locale),
    tickText: (value) =>
      isCount ? words.axisNumber(value, locale) : words.axisDuration(value, step, locale),
    valueText: (value) => words.duration(value, locale),
  }));
}

export function titleOf(what: string): string {
  return what === INCIDENTS ? "Incidents" : words.measureName(what);
}

/** A period without incidents has 0 of them, but no minutes. */
function heightOf(cell: Cell | undefined, what: string): Height {
  if (what === INCIDENTS) {
    return { bar: cell?.incidents ?? 0, mark: null };
  }
  const { p50, p90 } = cell?.minutes.get(what) ?? { p50: null, p90: null };
  return { bar: p50, mark: p90 };
}

function scaleOf(groups: Group[], periods: string[], what: string): Scale {
  const bars: number[] = [];
  const marks: number[] = [];
  for (const group of groups) {
    for (const key of periods) {
      const { bar, mark } = heightOf(group.cells.get(key), what);
      bars.push(bar ?? 0);
      marks.push(mark ?? 0);
    }
  }
  return what === INCIDENTS ? countScale(bars) : minuteScale(bars, marks);
}

/** The years are named only if there are several. */
function axisOf(counts: Counts, periods: string[], locale: string): Panel["axis"] {
  const hasYears = words.hasYears(periods);
  return new Map(
    periods.map((key) => {
      const name = words.axisPeriod(counts.unit, key, locale);
      return [key, { name, year: hasYears ? key.slice(0, 4) : "" }];
    }),
  );
}
