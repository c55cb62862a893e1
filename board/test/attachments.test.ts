import assert from "node:assert/strict";
import { test } from "node:test";

import { CallError } from "../src/answers.js";
import { findAttachments, sharedResources } from "../src/attachments.js";
import type { JsonObject } from "../src/json.js";

const ROW = { pagerduty_incident_id: "Q3F5", jira_issue_id: "10023", jira_issue_key: "OPS-12" };

test("incident.io is asked by what both vendors know", () => {
  assert.deepEqual(sharedResources(ROW), [
    { type: "pager_duty_incident", ids: ["Q3F5"] },
    { type: "jira_issue", ids: ["10023", "OPS-12"] },
  ]);
  assert.deepEqual(sharedResources({ slack_channel_id: "C1" }), []);
});

test("an incident that is found twice is shown once, with all that it has", async () => {
  const asked: JsonObject[] = [];
  const { incidents, failures } = await findAttachments(sharedResources(ROW), async (args) => {
    asked.push(args);
    if (args.incident_id === undefined) {
      return { attachments: [{ incident_id: "01KA", title: "x" }] };
    }
    return { attachments: [{ title: "a" }, { title: "b" }], attached_to: [{ reference: "INC-7" }] };
  });
  assert.deepEqual(failures, []);
  assert.equal(asked.length, 3);
  assert.deepEqual(incidents.map(({ name, rows }) => [name, rows.length]), [["INC-7", 2]]);
});

test("an id that failed is named, and so is an answer without attachments", async () => {
  const { failures } = await findAttachments(sharedResources(ROW), async (args) =>
    args.resource_type === "jira_issue"
      ? { attachments: [], failed: { "OPS-12": { code: "timeout", message: "No answer." } } }
      : {},
  );
  assert.deepEqual(failures.sort(), ["OPS-12: No answer.", "The answer has no attachments."]);
});

test("what fails is told beside what was found", async () => {
  const { incidents, failures } = await findAttachments(sharedResources(ROW), async (args) => {
    if (args.resource_type === "jira_issue") {
      throw new CallError("unavailable", "incident.io failed (503).", true);
    }
    return args.incident_id === undefined
      ? { attachments: [{ incident_id: "01KA" }] }
      : { attachments: [{ title: "a" }] };
  });
  assert.deepEqual(failures, ["incident.io failed (503)."]);
  assert.deepEqual(incidents.map(({ name }) => name), ["01KA"]);
});
