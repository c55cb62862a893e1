/** The answer of a `group_by`, as the plot needs it. */

import type { Answer } from "../answers.js";
import { instant, list, numberOf, text } from "../json.js";
import type { Json } from "../json.js";
import { periodOf, periodsBetween, UNITS } from "./periods.js";
import type { Unit } from "./periods.js";

/** The cells of one row by column: `incidents`, `live`, `resolve_p50` … */
export type Row = Map<string, Json>;

export interface Counts {
  unit: Unit;
  /** Without gaps, the oldest first. */
  periods: string[];
  partial: Set<string>;
  /** By period. A period without incidents has none. */
  rows: Map<string, Row>;
  /** What has minutes, such as `resolve`. */
  measures: string[];
}

/**
 * The counts of *answer*; undefined if it is not grouped by one kind of period, or is empty.
 *
 * *since*: The first day that was asked for, if it is known. Only then are periods without
 * incidents at both ends in the plot.
 */
export function readCounts(answer: Answer, since?: string): Counts | undefined {
  const columns = list(answer.columns).flatMap((name) => text(name) ?? []);
  const unit = UNITS.find((name) => name === columns[0]);
  if (!unit || columns[1] !== "incidents") {
    return undefined;
  }
  const rows = new Map<string, Row>();
  for (const cells of list(answer.rows).map(list)) {
    const key = text(cells[0]);
    if (key && !Number.isNaN(Date.parse(key))) {
      rows.set(key, new Map(columns.map((column, at) => [column, cells[at] ?? null])));
    }
  }
  if (rows.size === 0) {
    return undefined;
  }
  const partial = new Set(list(answer.partial).flatMap((key) => text(key) ?? []));
  const ends = [...rows.keys()];
  const [start, now] = [instant(since), instant(answer.as_of)];
  if (start && now) {
    ends.push(periodOf(unit, start), periodOf(unit, now));
    partial.add(periodOf(unit, now));
  }
  ends.sort();
  const periods = periodsBetween(unit, ends[0] ?? "", ends.at(-1) ?? "");
  const measures = columns.filter((name) => name.endsWith("_p50")).map((name) => name.slice(0, -4));
  return { unit, periods, partial, rows, measures };
}

/** The number in a cell; undefined if there is none. */
export function numberIn(row: Row | undefined, column: string): number | undefined {
  return numberOf(row?.get(column));
}
