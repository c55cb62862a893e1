/** The arguments of `list_incidents`, as the board changes and explains them. */

import { digits, list, members, text } from "./json.js";
import type { JsonObject } from "./json.js";
import { firstDay, UNITS } from "./plot/periods.js";
import type { Unit } from "./plot/periods.js";

/** The filters that a person can set with `show_board`. */
const FILTERS = ["severity", "services", "teams", "environments"] as const;

/** What a plot asks for together with its filters: the same kinds of incidents. */
const PLOT_FILTERS = [...FILTERS, "kind", "exclude"] as const;

/** How many periods a plot has. */
const SPANS: Record<Unit, number> = { day: 30, week: 26, month: 12 };

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
export function incidentNumber(question: JsonObject): string | undefined {
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
export function overTime(question: JsonObject, unit: Unit, now: number): JsonObject {
  const filters = members(question, PLOT_FILTERS);
  return { ...filters, group_by: [unit], started_at: { gte: firstDay(unit, SPANS[unit], now) } };
}

/** The periods of a plot's question. */
export function unitOf(question: JsonObject): Unit {
  const group = text(question.group_by) ?? text(list(question.group_by)[0]);
  return UNITS.find((unit) => unit === group) ?? "week";
}

/** "Last 30 days". */
export function rangeText(unit: Unit): string {
  return `Last ${SPANS[unit]} ${unit}s`;
}

export function isPlot(question: JsonObject): boolean {
  return question.group_by !== undefined;
}
