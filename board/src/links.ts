/** Links of an incident to other products, and how the page shows a link. */

import { element, foreign } from "./dom.js";
import { text } from "./json.js";
import type { JsonObject } from "./json.js";
import { capitalised, spaced } from "./words.js";

export interface Link {
  /** What the link leads to: "Slack channel", "PagerDuty incident 61207". */
  readonly label: string;
  readonly url: string;
}

/** How people write the names that the vendors have in lower case. */
const BRANDS: readonly [RegExp, string][] = [
  [/^pager ?duty/i, "PagerDuty"],
  [/^github/i, "GitHub"],
  [/^gitlab/i, "GitLab"],
];

/** Opens a link. Undefined: the program that shows the page does not open links. */
export type OpenLink = ((url: string) => void) | undefined;

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
 * A link with the host that it leads to, after the *kind* of thing that is there.
 *
 * *open* opens it through the program that shows the page. Where that program opens no links, the
 * address is shown, to be copied.
 */
export function linkElement(label: string, url: string, open: OpenLink, kind = ""): HTMLElement {
  const host = hostOf(url);
  const address = open === undefined ? url : host;
  const words = [kind, host === undefined ? "its address is not valid" : address];
  const after = element("span", { class: "host" }, foreign(words.filter(Boolean).join(" · ")));
  if (host === undefined || open === undefined) {
    return element("span", {}, foreign(label), " ", after);
  }
  const attributes = { href: url, target: "_blank", rel: "noopener noreferrer" };
  const anchor = element("a", attributes, foreign(label));
  anchor.addEventListener("click", (event) => {
    event.preventDefault();
    open(url);
  });
  return element("span", {}, anchor, " ", after);
}

/** `pagerduty_incident`: "PagerDuty incident". */
export function productName(thing: string): string {
  const words = capitalised(spaced(thing));
  return BRANDS.reduce((name, [pattern, brand]) => name.replace(pattern, brand), words);
}
