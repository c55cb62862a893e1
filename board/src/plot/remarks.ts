/** What the reader of a plot must know: what is not drawn, cut, or not complete. */

import type { Counts, Group } from "./counts.js";
import { heightOf, type Panel } from "./panel.js";
import * as words from "./words.js";

export function remarksOf(
  counts: Counts,
  groups: Group[],
  periods: string[],
  panels: Panel[],
  locale: string,
): string[] {
  const remarks: string[] = [];
  const partial = periods.filter((key) => counts.partial.has(key));
  if (partial.length > 0) {
    const names = partial.map((key) => words.periodName(counts, key, locale));
    remarks.push(`Not complete: ${names.join(", ")}.`);
  }
  remarks.push(...cutRemarks(counts, panels, locale));
  if (periods.length < counts.periods.length) {
    const all = words.plural(counts.periods.length, counts.unit, locale);
    remarks.push(`The newest ${periods.length} of ${all} are drawn. The table has all.`);
  }
  if (groups.length < counts.groups.length) {
    const all = words.wholeNumber(counts.groups.length, locale);
    remarks.push(`The ${groups.length} largest of ${all} are drawn. The table has all.`);
  }
  if (counts.undated > 0) {
    const undated = words.plural(counts.undated, "incident", locale);
    remarks.push(`Without a date, and only in the table: ${undated}.`);
  }
  return remarks;
}

/** How many columns are higher than the plot, and the highest of them. */
function cutRemarks(counts: Counts, panels: Panel[], locale: string): string[] {
  const cut = panels.flatMap(({ columns, scale }) =>
    columns.filter((column) => heightOf(column) > scale.top),
  );
  const [highest] = cut.sort((a, b) => heightOf(b) - heightOf(a));
  if (!highest) {
    return [];
  }
  const value = words.duration(heightOf(highest), locale);
  const period = words.periodName(counts, highest.key, locale);
  const number = words.plural(cut.length, "value", locale);
  return [`Higher than the plot (▲): ${number}, up to ${value} (${period}).`];
}
