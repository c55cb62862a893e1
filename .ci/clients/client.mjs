// The TypeScript SDK, 1.x or 2.x, as a client: client.mjs 1|2 URL | client.mjs 1|2 -- COMMAND ARGUMENTS…
import assert from "node:assert";

const [major, ...target] = process.argv.slice(2);
const sdk = major === "1" ? "@modelcontextprotocol/sdk/client" : "@modelcontextprotocol/client";
const { Client } = await import(major === "1" ? `${sdk}/index.js` : sdk);
const { StdioClientTransport } = await import(major === "1" ? `${sdk}/stdio.js` : `${sdk}/stdio`);
const { StreamableHTTPClientTransport } = await import(major === "1" ? `${sdk}/streamableHttp.js` : sdk);

for (const mode of major === "1" ? ["legacy"] : ["legacy", "auto"]) {
  const transport = target[0] === "--"
    ? new StdioClientTransport({ command: target[1], args: target.slice(2), env: process.env })
    : new StreamableHTTPClientTransport(new URL(target[0]));
  const client = new Client({ name: "ci", version: "1" }, major === "1" ? {} : { versionNegotiation: { mode } });
  await client.connect(transport);
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
  console.log(`ok: TypeScript SDK ${major}.x, ${mode}`);
}
