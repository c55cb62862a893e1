import assert from "node:assert/strict";
import { test } from "node:test";

import { changes } from "../src/changes.js";
import { readIncidents } from "../src/incident.js";

const CHECKOUT = { sequential_id: 1, title: "Checkout fails", severity: "sev1", status: "started" };
const LOGIN = { sequential_id: 2, title: "Nobody can log in", severity: "sev0", status: "started" };

function textOf(before: object[], after: object[]): string {
  const read = (rows: object[]) => readIncidents({ incidents: rows.map((row) => ({ ...row })) });
  return changes(read(before), read(after)).text;
}

test("nothing is said if nothing changed", () => {
  assert.equal(textOf([CHECKOUT], [CHECKOUT]), "");
  assert.equal(textOf([], []), "");
});

test("a new incident is named with its severity", () => {
  assert.equal(textOf([CHECKOUT], [LOGIN, CHECKOUT]), "1 new: SEV0, Nobody can log in.");
});

test("an incident that is gone may be resolved or not, so only that is said", () => {
  assert.equal(textOf([CHECKOUT, LOGIN], [LOGIN]), "1 no longer in the list.");
});

test("another status or severity is a change, another title is not", () => {
  assert.equal(textOf([CHECKOUT], [{ ...CHECKOUT, status: "mitigated" }]), "1 incident changed.");
  assert.equal(textOf([CHECKOUT], [{ ...CHECKOUT, severity: "sev0" }]), "1 incident changed.");
  assert.equal(textOf([CHECKOUT], [{ ...CHECKOUT, title: "Checkout is slow" }]), "");
});

test("many new incidents are counted, and the first three are named", () => {
  const many = [1, 2, 3, 4, 5].map((number) => ({ sequential_id: number, title: `T${number}` }));
  assert.equal(textOf([], many), "5 new: No severity, T1; No severity, T2; No severity, T3.");
});
