/** Small pieces of English. */

/** "1 incident", "2 incidents". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** `in_triage`: "in triage". */
export function spaced(word: string): string {
  return word.replaceAll("_", " ");
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The first few names, and how many more there are. */
export function shortened(names: readonly string[], most: number): string[] {
  if (names.length <= most) {
    return [...names];
  }
  return [...names.slice(0, most), `${names.length - most} more`];
}
