// One call of the official TypeScript SDK v2 whose server is stopped meanwhile. Usage: node drain.mjs legacy|modern
// http://HOST:PORT/mcp; prints "running" at the first progress, and "ok" when the call has ended with every step reported
// once.
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const [mode, url] = process.argv.slice(2);
const client = new Client(
  { name: "interop", version: "1.0.0" },
  { versionNegotiation: { mode: mode === "modern" ? { pin: "2026-07-28" } : mode } },
);
client.onerror = (error) => console.error(error.message);
await client.connect(new StreamableHTTPClientTransport(new URL(url)));
assert.equal(client.getProtocolEra(), mode);

const steps = 60;
const progress = [];
const result = await client.callTool(
  { name: "count_up", arguments: { steps, ms: 500 } },
  {
    timeout: 240_000,
    onprogress: (each) => {
      if (progress.length === 0) console.log("running");
      progress.push(each.progress);
    },
  },
);
assert.ok(!result.isError, JSON.stringify(result));
// the SDK may forget the token before it has handled the last progress
assert.deepEqual(progress, Array.from({ length: Math.max(steps - 1, progress.length) }, (_, i) => i + 1));
const echoed = await client.callTool({ name: "echo", arguments: { message: "hi" } });
assert.equal(echoed.content[0].text, "Echo: hi");
console.log("ok");
process.exit();
