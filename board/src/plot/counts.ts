/** The answer of a `group_by`, as the plot needs it. */

import type { Answer, Json, JsonObject } from "../answers.js";
import { moment, periodOf, periodsBetween, startOf, UNITS, type Unit } from "./periods.js";

export interface Percentiles {
  p50: number | null;
  p90: number | null;
}

/** The incidents of one group in one period. */
export interface Cell {
  incidents: number;
  live: number;
  /** Minutes by measure, such as `resolve`. */
  minutes: Map<string, Percentiles>;
}

/** One value of the second dimension, such as a severity. Without one, there is one group. */
export interface Group {
  /** Null for the incidents that have no value there. */
  name: string | null;
  cells: Map<string, Cell>;
}

export interface Counts {
  unit: Unit;
  /** The second dimension, such as `severity`. */
  dimension: string | null;
  /** Without gaps, the oldest first. */
  periods: string[];
  partial: Set<string>;
  /** The largest first. */
  groups: Group[];
  measures: string[];
  /** Incidents that have no time, and so no place in the plot. */
  undated: number;
}

const NUMBERS = new Set(["incidents", "live"]);
const PERCENTILE = /^(\w+)_p(50|90)$/;
/** More are never drawn: a bar needs some pixels. */
const MAX_PERIODS = 1_000;
/** The note of an answer whose last rows did not fit (tools/answer.py). */
const CUT = /rows fit here/;

/** The counts of *answer*; null if it has no periods, or two kinds of them. */
export function readCounts(answer: Answer, since?: string): Counts | null {
  const columns = strings(answer.columns);
  const dimensions = columns.filter((name) => !NUMBERS.has(name) && !PERCENTILE.test(name));
  const units = UNITS.filter((unit) => dimensions.includes(unit));
  const [unit] = units;
  if (!unit || units.length > 1) {
    return null;
  }
  const dimension = dimensions.find((name) => name !== unit) ?? null;
  const rows = records(answer, columns);
  return {
    unit,
    dimension,
    ...periodsOf(answer, unit, rows, since),
    groups: groupsOf(rows, unit, dimension),
    measures: columns.filter((name) => name.endsWith("_p50")).map((name) => name.slice(0, -4)),
    undated: sum(rows.filter((row) => typeof row[unit] !== "string")),
  };
}

/** The rows of *answer* as objects. */
function records(answer: Answer, columns: string[]): JsonObject[] {
  const rows = Array.isArray(answer.rows) ? answer.rows.filter(Array.isArray) : [];
  return rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]])));
}

/**
 * All periods from the first to the last row. With *since*, from then until the answer's time.
 *
 * If the last rows are cut off, nothing is known of what comes after them, and the last period may
 * lack groups.
 */
function periodsOf(answer: Answer, unit: Unit, rows: JsonObject[], since?: string) {
  const keys = strings(rows.map((row) => row[unit] ?? null)).sort();
  const partial = new Set(strings(answer.partial));
  const now = moment(String(answer.as_of), new Date(NaN));
  const isCut = strings(answer.notes).some((note) => CUT.test(note));
  if (isCut && keys.length > 0) {
    partial.add(keys.at(-1) ?? "");
  }
  const start = now && since && !isCut ? moment(since, now) : null;
  if (now && start && keys.length > 0) {
    const [oldest, newest] = [periodOf(unit, start), periodOf(unit, now)];
    keys.push(oldest, newest);
    keys.sort();
    partial.add(newest);
    if (startOf(oldest)?.getTime() !== start.getTime()) {
      partial.add(oldest);
    }
  }
  const [first, last] = [keys[0], keys.at(-1)];
  const periods = first && last ? periodsBetween(unit, first, last, MAX_PERIODS) : [];
  return { periods, partial };
}

function groupsOf(rows: JsonObject[], unit: Unit, dimension: string | null): Group[] {
  const groups = new Map<string | null, Group>();
  for (const row of rows) {
    const name = dimension === null ? null : text(row[dimension]);
    const group = groups.get(name) ?? { name, cells: new Map<string, Cell>() };
    groups.set(name, group);
    group.cells.set(String(row[unit]), cellOf(row));
  }
  return [...groups.values()].sort((a, b) => incidentsOf(b) - incidentsOf(a));
}

export function incidentsOf(group: Group): number {
  return [...group.cells.values()].reduce((sum, cell) => sum + cell.incidents, 0);
}

function sum(rows: JsonObject[]): number {
  return rows.reduce((total, row) => total + number(row.incidents), 0);
}

function cellOf(row: JsonObject): Cell {
  const minutes = new Map<string, Percentiles>();
  for (const [column, value] of Object.entries(row)) {
    const [, measure, percent] = PERCENTILE.exec(column) ?? [];
    if (measure && percent) {
      const percentiles = minutes.get(measure) ?? { p50: null, p90: null };
      percentiles[percent === "50" ? "p50" : "p90"] = typeof value === "number" ? value : null;
      minutes.set(measure, percentiles);
    }
  }
  return { incidents: number(row.incidents), live: number(row.live), minutes };
}

function strings(value: Json | undefined): string[] {
  const items = Array.isArray(value) ? value : [];
  return items.filter((item): item is string => typeof item === "string");
}

function text(value: Json | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

function number(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}
