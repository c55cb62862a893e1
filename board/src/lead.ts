/** Who leads an incident. The server has the same rules: board/cases/lead.json. */

import type { Assignment } from "./incident.js";

export interface Lead {
  readonly role: string | undefined;
  /** Everyone with this role. */
  readonly people: string[];
}

const DEPUTY = /\b(deputy|assistant|backup|secondary|shadow|vice)\b/;
const COMMANDER = /\b(commander|command)\b/;
const WHOLE_INCIDENT = /^(incident )?(lead|leader|ic|owner|manager|coordinator)$/;
const PART = /\b(lead|leader|owner|manager|coordinator)\b/;

/** Nobody has a role: undefined. */
export function leadOf(roles: readonly Assignment[]): Lead | undefined {
  const [lead] = [...roles].sort((one, other) => distance(one.role) - distance(other.role));
  if (lead === undefined) {
    return undefined;
  }
  const peers = roles.filter((assignment) => assignment.role === lead.role);
  return { role: lead.role, people: [...new Set(peers.map(({ person }) => person))] };
}

/** How far a role is from leading the incident. Unknown names keep the order of the answer. */
function distance(role: string | undefined): number {
  if (role === undefined) {
    return 5;
  }
  const name = role.toLowerCase().trim();
  if (DEPUTY.test(name)) {
    return 3;
  }
  const place = [COMMANDER, WHOLE_INCIDENT, PART].findIndex((pattern) => pattern.test(name));
  return place === -1 ? 4 : place;
}
