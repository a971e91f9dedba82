// Lists and calls five servers from npm through a running relay with the TypeScript SDK v1.
// Usage: node servers.mjs ws://HOST:PORT/mcp FOLDER BROWSER; FOLDER is what the filesystem server may read, and
// BROWSER says whether there is one for Playwright.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import WebSocket from "ws";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { WebSocketClientTransport } from "@modelcontextprotocol/sdk/client/websocket.js";

globalThis.WebSocket ??= WebSocket;

const [url, folder, browser] = process.argv.slice(2);
writeFileSync(join(folder, "hello.txt"), "from a file");

const calls = {
  everything: ["echo", { message: "hi" }, /hi/],
  files: ["read_text_file", { path: join(folder, "hello.txt") }, /from a file/],
  memory: [
    "create_entities",
    { entities: [{ name: "Springline", entityType: "server", observations: ["relays"] }] },
    /Springline/,
  ],
  thinking: [
    "sequentialthinking",
    { thought: "one", thoughtNumber: 1, totalThoughts: 1, nextThoughtNeeded: false },
    /thoughtNumber/,
  ],
  playwright: browser === "true" ? ["browser_navigate", { url: "about:blank" }, /about:blank/] : null,
};

async function connect(to) {
  const client = new Client({ name: "npm-servers", version: "1.0.0" });
  await client.connect(new WebSocketClientTransport(new URL(to)));
  return client;
}

const together = await connect(url);
const all = (await together.listTools()).tools.map((tool) => tool.name);
await together.close();
for (const [name, call] of Object.entries(calls)) {
  const client = await connect(`${url}/${name}`);
  const { tools } = await client.listTools();
  assert.ok(tools.length > 0, name);
  for (const { name: tool } of tools) {
    assert.ok(all.includes(tool) || all.includes(`${name}_${tool}`), tool);
  }
  let said = "not called";
  if (call) {
    const [tool, args, expected] = call;
    const result = await client.callTool({ name: tool, arguments: args });
    said = JSON.stringify(result.content);
    assert.match(said, expected);
    assert.ok(!result.isError, said);
    said = `${tool} -> ${said.slice(0, 90)}`;
  }
  console.log(`${name} ${client.getServerVersion()?.name}: ${tools.length} tools; ${said}`);
  await client.close();
}
console.log("ok");
