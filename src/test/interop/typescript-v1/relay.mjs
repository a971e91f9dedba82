// Calls the official reference servers through a running relay with the TypeScript SDK v1.
// Usage: node relay.mjs ws://HOST:PORT/mcp FOLDER; FOLDER is what the filesystem server may read.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import WebSocket from "ws";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { WebSocketClientTransport } from "@modelcontextprotocol/sdk/client/websocket.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";

globalThis.WebSocket ??= WebSocket;

async function connect(url) {
  const client = new Client(
    { name: "relay-interop", version: "1.0.0" },
    { capabilities: { sampling: {}, elicitation: {}, roots: { listChanged: true } } },
  );
  client.setRequestHandler(CreateMessageRequestSchema, async () => ({
    model: "test",
    role: "assistant",
    content: { type: "text", text: "sampled by the test" },
  }));
  client.setRequestHandler(ElicitRequestSchema, async () => ({ action: "decline" }));
  client.setRequestHandler(ListRootsRequestSchema, async () => ({ roots: [] }));
  await client.connect(new WebSocketClientTransport(new URL(url)));
  return client;
}

const [url, folder] = process.argv.slice(2);
const client = await connect(url);
const { tools } = await client.listTools();
const names = tools.map((tool) => tool.name);
console.log("tools:", names.join(" "));
assert.ok(names.includes("echo"), "the local echo keeps its name");
assert.ok(names.includes("everything_echo"), "the upstream's echo gets its name in front");
assert.ok(names.includes("read_text_file"));

const echoed = await client.callTool({ name: "everything_echo", arguments: { message: "hi" } });
assert.match(echoed.content[0].text, /hi/);

writeFileSync(join(folder, "hello.txt"), "from a file");
const read = await client.callTool({
  name: "read_text_file",
  arguments: { path: join(folder, "hello.txt") },
});
assert.match(read.content[0].text, /from a file/);

const progress = [];
const long = names.find((name) => /long-?running/i.test(name));
await client.callTool({ name: long, arguments: { duration: 1, steps: 3 } }, undefined, {
  onprogress: (each) => progress.push(each.progress),
});
// The SDK forgets its progress handler when the response is read, and runs handlers a little later: a last
// notification that arrives together with the response is lost in the client.
assert.ok(progress.length >= 2, `progress: ${progress}`);
assert.deepEqual(progress, [1, 2, 3].slice(0, progress.length));

const sampling = names.find((name) => /sampling/i.test(name) && !/async/i.test(name));
if (sampling) {
  const sampled = await client.callTool({
    name: sampling,
    arguments: { prompt: "p", maxTokens: 10 },
  });
  assert.match(JSON.stringify(sampled.content), /sampled by the test/);
}

const { resources } = await client.listResources();
assert.ok(resources.length > 0);
const contents = await client.readResource({ uri: resources[0].uri });
assert.ok(contents.contents.length > 0);
const { resourceTemplates } = await client.listResourceTemplates();
assert.ok(resourceTemplates.length > 0);
const { prompts } = await client.listPrompts();
const simple = prompts.find((prompt) => !(prompt.arguments ?? []).some((a) => a.required));
const filled = await client.getPrompt({ name: simple.name, arguments: {} });
assert.ok(filled.messages.length > 0);
await client.close();

const alone = await connect(url + "/everything");
const unprefixed = (await alone.listTools()).tools.map((tool) => tool.name);
assert.ok(unprefixed.includes("echo") && !unprefixed.includes("everything_echo"));
assert.ok(!unprefixed.includes("read_text_file"));
await alone.close();
console.log("ok");
