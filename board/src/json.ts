/** Values of JSON that others send: they may have any form. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json | undefined;
}

/** The value if it is an object, otherwise undefined. */
export function objectOf(value: unknown): JsonObject | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : undefined;
}

/** The value if it is an object, otherwise an empty one. */
export function object(value: unknown): JsonObject {
  return objectOf(value) ?? {};
}

/** A text that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A whole number, as text. */
export function digits(value: unknown): string | undefined {
  return typeof value === "number" && Number.isInteger(value) ? String(value) : undefined;
}

/** The value if it is a number, otherwise undefined. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function list(value: unknown): Json[] {
  return Array.isArray(value) ? value : [];
}

/** The objects of a list. */
export function objects(value: unknown): JsonObject[] {
  return list(value).map(object);
}

/** The names in a list of slugs, or of objects with a name or a slug. */
export function names(value: unknown): string[] {
  return list(value).flatMap((item) => nameOf(item) ?? []);
}

/** The members with these *names*, as far as there are any. */
export function members(from: JsonObject, names: readonly string[]): JsonObject {
  const known = names.filter((name) => from[name] !== undefined);
  return Object.fromEntries(known.map((name) => [name, from[name]]));
}

/** An instant, in milliseconds since 1970. */
export function instant(value: unknown): number | undefined {
  const milliseconds = Date.parse(text(value) ?? "");
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** The object that *text* holds as JSON, if it is one. */
export function parsedObject(text: string): JsonObject | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function nameOf(item: Json): string | undefined {
  return text(item) ?? text(object(item).name) ?? text(object(item).slug);
}
