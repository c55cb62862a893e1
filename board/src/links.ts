/** Links of an incident to other products, and how the page shows a link. */

import { text } from "./answers.js";
import type { JsonObject } from "./answers.js";
import { element, foreign } from "./dom.js";
import { capitalised, spaced } from "./words.js";

export interface Link {
  /** What the link leads to: "Slack channel", "PagerDuty incident 61207". */
  readonly label: string;
  readonly url: string;
}

/** How people write the names that Rootly's fields have in lower case. */
const BRANDS: Record<string, string> = {
  pagerduty: "PagerDuty",
  opsgenie: "Opsgenie",
  github: "GitHub",
  gitlab: "GitLab",
  clickup: "ClickUp",
  sharepoint: "SharePoint",
};

const LINK_FIELD = /^(.+?)_url$/;

/** The links in a row: the fields such as `jira_issue_url`, with the key or number beside them. */
export function linksOf(row: JsonObject): Link[] {
  return Object.keys(row).flatMap((field) => {
    const thing = LINK_FIELD.exec(field)?.[1];
    const url = text(row[field]);
    // A short link leads to the same place as the link beside it.
    const isSecond = thing?.endsWith("_short") && row[field.replace("_short", "")] !== undefined;
    if (thing === undefined || url === undefined || isSecond) {
      return [];
    }
    const key = text(row[`${thing}_key`]) ?? text(row[`${thing}_number`]);
    return [{ label: [productName(thing), key].filter(Boolean).join(" "), url }];
  });
}

/** The host of an http or https link. Undefined: the page does not offer such a link. */
export function hostOf(url: string): string | undefined {
  if (!URL.canParse(url)) {
    return undefined;
  }
  const { protocol, host } = new URL(url);
  return protocol === "https:" || protocol === "http:" ? host : undefined;
}

/**
 * A link with the host that it leads to. *open* opens it through the program that shows the page.
 * Where that program opens no links, the address is shown, to be copied.
 */
export function linkElement(
  label: string,
  url: string,
  open: ((url: string) => void) | undefined,
): HTMLElement {
  const host = hostOf(url);
  if (host === undefined) {
    return element("span", {}, foreign(label), " (its address is not valid)");
  }
  if (open === undefined) {
    return element("span", {}, foreign(label), " ", element("code", {}, foreign(url)));
  }
  const attributes = { href: url, target: "_blank", rel: "noopener noreferrer" };
  const anchor = element("a", attributes, foreign(label));
  anchor.addEventListener("click", (event) => {
    event.preventDefault();
    open(url);
  });
  return element("span", {}, anchor, " ", element("span", { class: "host" }, foreign(host)));
}

function productName(thing: string): string {
  const words = capitalised(spaced(thing));
  const [first = "", ...rest] = words.split(" ");
  return [BRANDS[first.toLowerCase()] ?? first, ...rest].join(" ");
}
