// Serves the chat program on one port and its sandbox proxy on another one, so that their origins
// differ. Requests for /mcp are passed on to the server that their parameter `server` names: the
// chat program may only talk to its own origin.
//
// It prints the two addresses as JSON, and ends with its standard input.

import { createServer, request } from "node:http";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const board = here("../../../board/");
const { buildSync } = createRequire(`${board}package.json`)("esbuild");

// What a host has to apply to a page that declares nothing (MCP Apps, 2026-01-26).
const STRICT_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "media-src 'self' data:",
  "connect-src 'none'",
].join("; ");

const { outputFiles } = buildSync({
  entryPoints: [here("host.ts")],
  bundle: true,
  write: false,
  target: "es2022",
  nodePaths: [`${board}node_modules`],
  logLevel: "warning",
});
const files = {
  "/": ["text/html", readFileSync(here("host.html"))],
  "/host.js": ["text/javascript", outputFiles[0].contents],
};
const proxy = readFileSync(here("proxy.html"));

function pass(incoming, outgoing, server) {
  const { pathname, host } = new URL(server);
  const { origin: _, ...headers } = incoming.headers;
  const options = { method: incoming.method, headers: { ...headers, host }, path: pathname };
  const upstream = request(new URL(server), options, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  upstream.on("error", () => outgoing.destroy());
  outgoing.on("close", () => upstream.destroy());
  incoming.pipe(upstream);
}

function serveHost(incoming, outgoing) {
  const { pathname, searchParams } = new URL(incoming.url, "http://host");
  if (pathname === "/mcp") return pass(incoming, outgoing, searchParams.get("server"));
  const [type, content] = files[pathname] ?? [];
  outgoing.writeHead(content ? 200 : 404, { "Content-Type": type ?? "text/plain" });
  outgoing.end(content);
}

function serveProxy(incoming, outgoing) {
  const { searchParams } = new URL(incoming.url, "http://proxy");
  const headers = { "Content-Type": "text/html" };
  if (searchParams.get("policy") !== "none") headers["Content-Security-Policy"] = STRICT_POLICY;
  outgoing.writeHead(200, headers);
  outgoing.end(proxy);
}

const listening = (handler) =>
  new Promise((resolve) => {
    const server = createServer(handler);
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}/`));
  });

const addresses = { host: await listening(serveHost), proxy: await listening(serveProxy) };
console.log(JSON.stringify(addresses));
process.stdin.resume().on("end", () => process.exit(0));
