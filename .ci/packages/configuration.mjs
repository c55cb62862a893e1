// What a host makes of a bundle's manifest, with the code that Claude Desktop uses:
// configuration.mjs FOLDER [OPTION=VALUE…]
import { readFileSync } from "node:fs";
import { getMcpConfigForManifest } from "@anthropic-ai/mcpb";

const [folder, ...options] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(`${folder}/manifest.json`));
const userConfig = Object.fromEntries(options.map((option) => option.split("=")));
const configuration = await getMcpConfigForManifest({
  manifest, extensionPath: folder, systemDirs: {}, userConfig, pathSeparator: "/",
});
console.log(JSON.stringify(configuration));
