/** The order of incidents: the worst first. The server has the same: board/cases/severity.json. */

import type { Incident } from "./incident.js";

const NUMBERED = /^\p{L}*[-_ ]?([0-9]{1,2})(?![\p{L}0-9])/u;
const FIRST_WORD = /^\p{L}+/u;

/** The words that organisations use for their severities, the worst first. */
const WORDS: readonly (readonly string[])[] = [
  ["critical", "crit", "blocker", "emergency", "highest"],
  ["high", "major", "urgent"],
  ["medium", "moderate"],
  ["low", "minor"],
  ["info", "informational", "cosmetic", "trivial"],
];

const OUTSIDE_PRODUCTION =
  /\b(dev(elop(ment)?)?|test(ing)?|stag(e|ing)|qa|uat|sandbox|preview|preprod|demo|local)\b/i;

const UNKNOWN = 100;
const MISSING = 101;

/** 0 is the worst. Each organisation names its severities: by a number, or by a word. */
export function rank(severity: string | undefined): number {
  if (severity === undefined) {
    return MISSING;
  }
  const name = severity.toLowerCase();
  const number = NUMBERED.exec(name)?.[1];
  if (number !== undefined) {
    return Number(number);
  }
  const word = FIRST_WORD.exec(name)?.[0] ?? "";
  const place = WORDS.findIndex((words) => words.includes(word));
  return place === -1 ? UNKNOWN : place;
}

/** The incidents in the order of the board. Maintenance is planned, so it comes last. */
export function worstFirst(incidents: readonly Incident[]): Incident[] {
  return [...incidents].sort(
    (one, other) =>
      Number(one.isMaintenance) - Number(other.isMaintenance) ||
      rank(one.severity) - rank(other.severity) ||
      alphabetical(one.severity ?? "", other.severity ?? "") ||
      Number(isMitigated(one)) - Number(isMitigated(other)) ||
      Number(isOutsideProduction(one)) - Number(isOutsideProduction(other)) ||
      byStart(one, other),
  );
}

/** Of one severity, an incident that still does harm is worse. */
function isMitigated(incident: Incident): boolean {
  return incident.status === "mitigated";
}

/** Whether customers do not see it: all its environments have names such as "staging". */
function isOutsideProduction({ environments }: Incident): boolean {
  return environments.length > 0 && environments.every((name) => OUTSIDE_PRODUCTION.test(name));
}

/** How strongly the board marks a severity. */
export type Level = "worst" | "high" | "medium" | "low" | "unknown";

const LEVELS: readonly Level[] = ["worst", "high", "medium", "low"];

export function level(severity: string | undefined): Level {
  const place = rank(severity);
  if (place >= UNKNOWN) {
    return "unknown";
  }
  return LEVELS[place] ?? "low";
}

/** What the board calls a severity. `sev1` is read more quickly as `SEV1`. */
export function severityLabel(severity: string | undefined): string {
  if (severity === undefined) {
    return "No severity";
  }
  return severity.length <= 12 ? severity.toUpperCase() : severity;
}

function byStart(one: Incident, other: Incident): number {
  if (one.since === other.since) {
    return 0;
  }
  return (one.since ?? Infinity) - (other.since ?? Infinity);
}

/** The order of code units, which does not depend on the locale. */
function alphabetical(one: string, other: string): number {
  const [left, right] = [one.toLowerCase(), other.toLowerCase()];
  if (left === right) {
    return 0;
  }
  return left < right ? -1 : 1;
}
