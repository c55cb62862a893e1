// Makes server/board/board.html: one file with the page, its styles and its script.
//
// The page allows exactly its own script and its own styles: its policy has their hashes. The
// styles are minified, local names are short and nothing is indented, because of the limit on the
// page's size. There is still one statement in a line, and a comment says which source it is from.
//
// Usage: node build.mjs [FILE]

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const MAX_BYTES = 80_000;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const output = process.argv[2] ?? here("../server/board/board.html");

/** The one output of esbuild for *entry*, as text. */
async function bundle(entry) {
  const { outputFiles } = await build({
    absWorkingDir: here("."),
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    minifyIdentifiers: true,
    minifySyntax: true,
    minifyWhitespace: entry.endsWith(".css"),
    supported: { "template-literal": false }, // so that no text has a line break
    legalComments: "none",
    logLevel: "warning",
  });
  const text = outputFiles[0].text.replace(/^ +/gm, "");
  return text.replace(/\n(?=[}\])])/g, ""); // no line has only a bracket
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const script = `\n${await bundle("src/main.ts")}`;
const style = `\n${await bundle("src/board.css")}`;
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const parts = { policy, style, script };
const template = await readFile(here("src/board.html"), "utf8");
const page = template.replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name]);

const bytes = Buffer.byteLength(page);
const problems = [
  [/<!--|<\/?script/i.test(script), "the script would end early in HTML"],
  [/<\/style/i.test(style), "the styles would end early in HTML"],
  // server/board/page.py allows connections to its own server in exactly this place.
  [page.split("connect-src 'none'").length !== 2, "connect-src 'none' has to be there once"],
  [bytes > MAX_BYTES, `it has ${bytes} bytes; it can have at most ${MAX_BYTES}`],
];
const failures = problems.filter(([isProblem]) => isProblem).map(([, text]) => text);
if (failures.length > 0) {
  console.error(`board.html: ${failures.join("; ")}`);
  process.exit(1);
}
await writeFile(output, page);
console.log(`${bytes} bytes`);
