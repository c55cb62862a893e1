/** The surroundings of the page, as MCP Apps describes them. */

import type { HostContext } from "./host.js";
import { objectOf, text } from "./json.js";
import type { JsonObject } from "./json.js";

/** What the page uses of a host's context, or of a change of it. */
export function contextOf(context: JsonObject): HostContext {
  return withoutMissing({
    theme: themeOf(context.theme),
    variables: variablesOf(context.styles),
    locale: text(context.locale),
    timeZone: text(context.timeZone),
  });
}

function themeOf(theme: unknown): "light" | "dark" | undefined {
  return theme === "light" || theme === "dark" ? theme : undefined;
}

/** The custom properties of the host. Its fonts are not loaded: the page never uses the network. */
function variablesOf(styles: unknown): Record<string, string> | undefined {
  const variables = objectOf(objectOf(styles)?.variables);
  if (!variables) {
    return undefined;
  }
  const custom: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (name.startsWith("--") && typeof value === "string") {
      custom[name] = value;
    }
  }
  return custom;
}

/** A change of the context has only the members that changed. */
function withoutMissing(context: { [K in keyof HostContext]: HostContext[K] | undefined }) {
  const members = Object.entries(context).filter(([, value]) => value !== undefined);
  return Object.fromEntries(members) as HostContext;
}
