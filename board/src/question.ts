/** The arguments of `list_incidents`, as the board changes and explains them. */

import { digits, list, members, text } from "./answers.js";
import type { JsonObject } from "./answers.js";

export type Period = "day" | "week" | "month";
export const PERIODS: readonly Period[] = ["day", "week", "month"];

/** The filters that a person can set with `show_board`. */
const FILTERS = ["severity", "services", "teams", "environments"] as const;

/** What a plot asks for together with its filters: the same kinds of incidents. */
const PLOT_FILTERS = [...FILTERS, "kind", "exclude"] as const;

const DAY = 86_400_000;

/** The filters in words: "services: checkout-api or auth-service". Empty without filters. */
export function filterText(question: JsonObject): string {
  const parts = FILTERS.flatMap((filter) => {
    const values = list(question[filter]).flatMap((value) => text(value) ?? []);
    const single = text(question[filter]);
    const all = single === undefined ? values : [single];
    return all.length > 0 ? [`${filter}: ${all.join(" or ")}`] : [];
  });
  return parts.join("; ");
}

/** The number of the incident that a question is about. */
export function numberIn(question: JsonObject): string | undefined {
  const value = question.sequential_id;
  return text(value) ?? digits(value) ?? text(list(value)[0]);
}

/** The question for one incident, with everything that the board shows of it. */
export function ofIncident(number: string): JsonObject {
  return {
    sequential_id: number,
    view: "full",
    include: ["roles", "events", "action_items", "alerts", "sub_statuses"],
  };
}

/** The same filters, counted over whole periods until *now*. */
export function overTime(question: JsonObject, period: Period, now: number): JsonObject {
  const filters = members(question, PLOT_FILTERS);
  return { ...filters, group_by: [period], started_at: { gte: firstDay(period, now) } };
}

/** The period of a plot's question. */
export function periodOf(question: JsonObject): Period {
  const group = text(question.group_by) ?? text(list(question.group_by)[0]);
  return PERIODS.find((period) => period === group) ?? "week";
}

/** "Last 30 days". */
export function rangeText(period: Period): string {
  return `last ${SPANS[period]} ${period}s`;
}

export function isPlot(question: JsonObject): boolean {
  return question.group_by !== undefined;
}

const SPANS: Record<Period, number> = { day: 30, week: 26, month: 12 };

/** The first day of the first period, in UTC as the server counts. Weeks begin on Monday. */
function firstDay(period: Period, now: number): string {
  const today = new Date(now);
  if (period === "month") {
    const month = today.getUTCMonth() - SPANS.month + 1;
    return day(Date.UTC(today.getUTCFullYear(), month, 1));
  }
  if (period === "week") {
    const sinceMonday = (today.getUTCDay() + 6) % 7;
    return day(now - (sinceMonday + 7 * (SPANS.week - 1)) * DAY);
  }
  return day(now - (SPANS.day - 1) * DAY);
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
