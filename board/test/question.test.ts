import assert from "node:assert/strict";
import { test } from "node:test";

import boards from "../cases/show_board.json";
import { filterText, incidentNumber, overTime } from "../src/question.js";

const NOW = Date.parse("2026-11-22T02:00:00Z"); // a Sunday

test("a plot has whole periods, and the last one is the present", () => {
  const first = (period: "day" | "week" | "month", now: number) =>
    overTime({}, period, now).started_at;
  assert.deepEqual(first("day", NOW), { gte: "2026-10-24" });
  assert.deepEqual(first("week", NOW), { gte: "2026-05-25" });
  assert.deepEqual(first("month", NOW), { gte: "2025-12-01" });
  assert.deepEqual(first("week", NOW + 86_400_000), { gte: "2026-06-01" });
});

test("a plot keeps the filters, and counts incidents that are over, too", () => {
  const asked = boards.filtered.result._meta["incident-desk/board"].arguments;
  const live = { ...asked, teams: "payments" };
  const { services, teams, status, include, group_by } = overTime(live, "day", NOW);
  assert.deepEqual({ services, teams, group_by }, {
    services: ["checkout-api"],
    teams: "payments",
    group_by: ["day"],
  });
  assert.equal(status, undefined);
  assert.equal(include, undefined);
});

test("filters are told in words", () => {
  const filters = { services: ["checkout-api", "auth-service"], severity: "sev1" };
  const question = { ...filters, status: ["started"] };
  assert.equal(filterText(question), "severity: sev1; services: checkout-api or auth-service");
  assert.equal(filterText({ teams: [], environments: null }), "");
});

test("the number of an incident is read in each form", () => {
  for (const value of ["4821", 4821, ["4821"]]) {
    assert.equal(incidentNumber({ sequential_id: value }), "4821");
  }
  assert.equal(incidentNumber({}), undefined);
});
