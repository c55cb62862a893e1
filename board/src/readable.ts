/** Whether the texts of the page can be read in its colours. */

import { element } from "./dom.js";

/** Texts and their backgrounds. */
const PAIRS: readonly [string, string][] = [
  ["--text", "--bg"],
  ["--text", "--bg-2"],
  ["--text-2", "--bg"],
  ["--danger", "--bg"],
  ["--danger", "--danger-bg"],
  ["--warning", "--warning-bg"],
  ["--info", "--info-bg"],
  ["--info", "--bg"],
];

/** The lowest contrast of large text that WCAG allows. */
const LEAST_CONTRAST = 3;

export function isReadable(): boolean {
  return PAIRS.every(([text, background]) => contrast(text, background) >= LEAST_CONTRAST);
}

/** The contrast of two colours as WCAG defines it, from 1 to 21. */
function contrast(text: string, background: string): number {
  const [lower = 0, higher = 0] = [luminance(text), luminance(background)].sort((a, b) => a - b);
  return (higher + 0.05) / (lower + 0.05);
}

/** About the relative luminance of a variable's colour on the page, from 0 to 1. */
function luminance(variable: string): number {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d");
  if (canvas === null) {
    return 0;
  }
  // A colour that is not opaque shows what is below it.
  for (const layer of ["Canvas", "var(--bg)", `var(${variable})`]) {
    canvas.fillStyle = resolved(layer);
    canvas.fillRect(0, 0, 1, 1);
  }
  const channels = [...canvas.getImageData(0, 0, 1, 1).data];
  const [red = 0, green = 0, blue = 0] = channels.map((channel) => (channel / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** A colour of the styles as it is in the page's theme. */
function resolved(colour: string): string {
  const probe = element("span");
  probe.style.color = colour;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
