// Lists and calls tools of a running server with the official TypeScript SDK v1.
// Usage: node client.mjs ws://HOST:PORT/mcp; exits 0 and prints "ok" when all went well.
import assert from "node:assert/strict";
import WebSocket from "ws";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { WebSocketClientTransport } from "@modelcontextprotocol/sdk/client/websocket.js";

globalThis.WebSocket ??= WebSocket;

const client = new Client(
  { name: "interop", version: "1.0.0" },
  { capabilities: { elicitation: {}, sampling: {} } },
);
client.onerror = (error) => {
  console.error("client error:", error);
  process.exitCode = 1;
};
await client.connect(new WebSocketClientTransport(new URL(process.argv[2])));

const server = client.getServerVersion();
assert.equal(server.name, "springline");
await client.ping();

const { tools } = await client.listTools();
const names = tools.map((tool) => tool.name);
assert.ok(names.includes("echo"), `echo is missing in ${names}`);

const echoed = await client.callTool({ name: "echo", arguments: { message: "hi" } });
assert.deepEqual(echoed.content, [{ type: "text", text: "Echo: hi" }]);

const info = await client.callTool({ name: "system_info", arguments: {} });
assert.equal(typeof info.structuredContent.java, "string");

const refused = await client.callTool({ name: "echo", arguments: {} });
assert.equal(refused.isError, true);

await assert.rejects(client.callTool({ name: "nothing", arguments: {} }), /Unknown tool: nothing/);

const many = await Promise.all(
  Array.from({ length: 50 }, (_, i) =>
    client.callTool({ name: "echo", arguments: { message: String(i) } }),
  ),
);
many.forEach((result, i) => assert.equal(result.content[0].text, `Echo: ${i}`));

await client.close();
console.log(`ok: ${server.name} ${server.version}, ${names.length} tools`);
