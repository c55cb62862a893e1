/** The action items of an incident. */

import { element, foreign, quiet } from "./dom.js";
import { objects, text } from "./json.js";
import type { JsonObject } from "./json.js";
import { spaced } from "./words.js";

/** *isUnknown*: Rootly does not say which there are. */
export function actionItems(row: JsonObject, isUnknown: boolean): HTMLElement {
  const items = objects(row.action_items);
  if (items.length === 0) {
    return quiet(isUnknown ? "Not known." : "None.");
  }
  return element("ul", { class: "items" }, ...items.map(itemOf));
}

function itemOf(item: JsonObject): HTMLElement {
  const due = text(item.due);
  const facts = [
    spaced(text(item.status) ?? "status not known"),
    text(item.priority),
    text(item.person) ?? "nobody assigned",
    due === undefined ? undefined : `due ${due}`,
  ];
  const details = facts.flatMap((fact) => (fact === undefined ? [] : [foreign(fact), " · "]));
  const summary = foreign(text(item.summary) ?? "Without a text");
  const line = element("span", { class: "details" }, ...details.slice(0, -1));
  return element("li", {}, summary, line);
}
