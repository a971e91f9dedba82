// Calls a tool of a server behind the bridge with the official TypeScript SDK v1, before and after
// the server was restarted. Usage: node bridge.mjs COMMAND ARGUMENTS…; prints "first", waits for a
// line on standard input, and prints "ok" when all went well.
import assert from "node:assert/strict";
import { once } from "node:events";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const [command, ...args] = process.argv.slice(2);
const client = new Client({ name: "interop", version: "1.0.0" });
client.onerror = (error) => {
  console.error("client error:", error);
  process.exitCode = 1;
};
await client.connect(new StdioClientTransport({ command, args, stderr: "inherit" }));

async function echo(message) {
  const echoed = await client.callTool({ name: "echo", arguments: { message } });
  assert.deepEqual(echoed.content, [{ type: "text", text: `Echo: ${message}` }]);
}

assert.equal(client.getServerVersion().name, "springline");
await echo("before");
console.log("first");
await once(process.stdin, "data");
await echo("after");
const { tools } = await client.listTools();
assert.ok(tools.length > 0);
await client.close();
console.log("ok");
process.exit();
