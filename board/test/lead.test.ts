import assert from "node:assert/strict";
import { test } from "node:test";

import { cases } from "../cases/lead.json";
import { readIncidents } from "../src/incident.js";
import { leadOf } from "../src/lead.js";

function roles(row: object, notes: string[] = []) {
  const [incident] = readIncidents({ incidents: [{ ...row }], notes });
  return incident?.roles;
}

for (const { name, roles: assigned, expected } of cases) {
  test(`lead: ${name}`, () => {
    const row = { roles: assigned.map(([role, person]) => ({ role, person })) };
    const lead = leadOf(roles(row) ?? []);
    assert.deepEqual(lead ? [lead.role ?? null, lead.people] : null, expected);
  });
}

test("without roles, nobody is assigned", () => {
  assert.deepEqual(roles({ title: "Checkout" }), []);
});

test("people are not known if a note says so, or if an assignment is only an id", () => {
  const note = "Not known, and not none: Rootly's answer does not say which roles (1).";
  assert.equal(roles({ title: "Checkout" }, [note]), undefined);
  assert.equal(roles({ roles: [{ id: "0722ab" }] }), undefined);
});

test("a note about something else leaves people known", () => {
  const note = "Not known, and not none: Rootly's answer does not say which teams (1).";
  assert.deepEqual(roles({ title: "Checkout" }, [note]), []);
});
