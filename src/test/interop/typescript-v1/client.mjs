// Everything that the official TypeScript SDK v1 can ask for and be asked, against a running server with the profile
// "conformance".
// Usage: node client.mjs ws://HOST:PORT/mcp (or http://); exits 0 and prints "ok" when all went well.
import assert from "node:assert/strict";
import WebSocket from "ws";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { WebSocketClientTransport } from "@modelcontextprotocol/sdk/client/websocket.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";

globalThis.WebSocket ??= WebSocket;

const client = new Client(
  { name: "interop", version: "1.0.0" },
  { capabilities: { elicitation: {}, sampling: {} } },
);
let closing = false;
client.onerror = (error) => {
  // over HTTP the SDK aborts its own GET stream when it closes, and reports that
  if (closing && /abort/i.test(`${error.name} ${error.message}`)) return;
  // The SDK runs a notification's handler a little later than it reads the answer right behind it, and has forgotten the
  // token by then. That progress comes before the answer is seen by client.py and the transcripts.
  if (/progress notification for an unknown token/.test(error.message)) return;
  console.error("client error:", error);
  process.exitCode = 1;
};
client.setRequestHandler(CreateMessageRequestSchema, async () => ({
  model: "test",
  role: "assistant",
  content: { type: "text", text: "sampled" },
}));
client.setRequestHandler(ElicitRequestSchema, async () => ({
  action: "accept",
  content: { username: "ada", email: "ada@example.com" },
}));
const url = new URL(process.argv[2]);
const Transport = url.protocol === "ws:" ? WebSocketClientTransport : StreamableHTTPClientTransport;
await client.connect(new Transport(url));

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

const sampled = await client.callTool({ name: "test_sampling", arguments: { prompt: "p" } });
assert.match(sampled.content[0].text, /sampled/);
const asked = await client.callTool({ name: "test_elicitation", arguments: { message: "Who?" } });
assert.match(asked.content[0].text, /action=accept.*ada@example.com/);

const progress = [];
await client.callTool({ name: "count_up", arguments: { steps: 5, ms: 20 } }, undefined, {
  onprogress: (each) => progress.push(each.progress),
});
assert.deepEqual(progress, [1, 2, 3, 4, 5].slice(0, Math.max(4, progress.length)));

const logs = [];
client.setNotificationHandler(LoggingMessageNotificationSchema, (log) => logs.push(log.params.data));
await client.setLoggingLevel("debug");
await client.callTool({ name: "test_tool_with_logging" });
assert.ok(logs.length >= 2, `logs: ${logs}`);

const { resources } = await client.listResources();
assert.ok(resources.some((resource) => resource.uri === "test://static-text"));
const { resourceTemplates } = await client.listResourceTemplates();
assert.ok(resourceTemplates.length > 0);
const templated = await client.readResource({ uri: "test://template/123/data" });
assert.match(templated.contents[0].text, /123/);
await client.subscribeResource({ uri: "test://watched-resource" });
await client.unsubscribeResource({ uri: "test://watched-resource" });
await assert.rejects(client.readResource({ uri: "test://nothing" }), { code: -32002 });

const { prompts } = await client.listPrompts();
assert.ok(prompts.length > 0);
const prompt = await client.getPrompt({
  name: "test_prompt_with_arguments",
  arguments: { arg1: "a", arg2: "b" },
});
assert.match(prompt.messages[0].content.text, /arg1='a', arg2='b'/);
const completed = await client.complete({
  ref: { type: "ref/prompt", name: "test_prompt_with_arguments" },
  argument: { name: "arg1", value: "test" },
});
assert.ok(Array.isArray(completed.completion.values));

const changed = new Promise((resolve) =>
  client.setNotificationHandler(ToolListChangedNotificationSchema, resolve),
);
await client.callTool({ name: "test_trigger_tool_change" });
await changed;

const aborted = new AbortController();
const slow = client.callTool({ name: "sleep", arguments: { ms: 10_000 } }, undefined, {
  signal: aborted.signal,
});
setTimeout(() => aborted.abort("enough"), 50);
await assert.rejects(slow);
await client.ping();

closing = true;
await client.close();
console.log(`ok: ${server.name} ${server.version}, ${names.length} tools`);
