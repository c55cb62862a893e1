// The TypeScript SDK, 1.x or 2.x, as a client: client.mjs 1|2 URL | client.mjs 1|2 -- COMMAND ARGUMENTS…
import assert from "node:assert";

const [major, ...target] = process.argv.slice(2);
const sdk = major === "1" ? "@modelcontextprotocol/sdk/client" : "@modelcontextprotocol/client";
const { Client } = await import(major === "1" ? `${sdk}/index.js` : sdk);
const { StdioClientTransport } = await import(major === "1" ? `${sdk}/stdio.js` : `${sdk}/stdio`);
const { StreamableHTTPClientTransport } = await import(major === "1" ? `${sdk}/streamableHttp.js` : sdk);

const connect = async (mode, capabilities) => {
  const transport = target[0] === "--"
    ? new StdioClientTransport({ command: target[1], args: target.slice(2), env: process.env })
    : new StreamableHTTPClientTransport(new URL(target[0]));
  const options = major === "1" ? { capabilities } : { capabilities, versionNegotiation: { mode } };
  const client = new Client({ name: "ci", version: "1" }, options);
  await client.connect(transport);
  return client;
};

const checkPages = async (mode) => {
  const mimeType = "text/html;profile=mcp-app";
  const client = await connect(mode, { extensions: { "io.modelcontextprotocol/ui": { mimeTypes: [mimeType] } } });
  const { tools } = await client.listTools();
  const [{ name, _meta }] = tools.slice(-1);
  assert.equal(tools.length, process.env.TOOLS.split(" ").length + 1);
  const { contents: [page] } = await client.readResource({ uri: _meta.ui.resourceUri });
  assert.equal(page.mimeType, mimeType);
  assert.ok(page.text.startsWith("<!doctype html>"));
  const result = await client.callTool({ name, arguments: {} });
  const { answer } = result._meta["incident-desk/board"];
  assert.ok(result.content[0].text.includes(`${answer.incidents.length} live incidents`));
  await client.close();
};

for (const mode of major === "1" ? ["legacy"] : ["legacy", "auto"]) {
  const client = await connect(mode, {});
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map((tool) => tool.name), process.env.TOOLS.split(" "));
  const call = async (name, args) => {
    const result = await client.callTool({ name, arguments: args });
    return JSON.parse(result.content[0].text);
  };
  assert.equal((await call("list_incidents", { page_size: 1, search: null })).incidents.length, 1);
  const lasted = { where: { lasted: { gte: "2h" } }, similar_to: 4821, status: ["closed"] };
  const { incidents } = await call("list_incidents", lasted);
  assert.ok(Math.min(...incidents.map((incident) => incident.minutes.resolve)) >= 120);
  for (const { tool, argument, arguments: args } of JSON.parse(process.env.UNLISTED)) {
    const [detail] = (await call(tool, args)).error.details;
    assert.equal(detail.argument.split("[")[0], argument);
  }
  const { prompts } = await client.listPrompts();
  assert.deepEqual(prompts.map((prompt) => prompt.name), ["triage", "before", "handover", "review"]);
  const { messages } = await client.getPrompt({ name: "triage", arguments: { severity: "sev1" } });
  assert.ok(messages[0].content.text.includes('"severity":["sev1"]'));
  const { completion } = await client.complete({
    ref: { type: "ref/prompt", name: "triage" },
    argument: { name: "severity", value: "sev" },
  });
  assert.ok(completion.values.includes("sev1"));
  await client.close();
  await checkPages(mode);
  console.log(`ok: TypeScript SDK ${major}.x, ${mode}`);
}
