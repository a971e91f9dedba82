// Both eras of the official TypeScript SDK v2 over HTTP, or through the bridge; v2 has no WebSocket of its own. Against the
// profile "conformance". Usage: node client.mjs auto|legacy|modern VERSION (http://HOST:PORT/mcp | COMMAND ARGUMENTS…);
// prints "ok" when all went well.
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const [mode, version, command, ...args] = process.argv.slice(2);
const client = new Client(
  { name: "interop", version: "1.0.0" },
  {
    capabilities: { elicitation: {}, sampling: {}, roots: {} },
    versionNegotiation: { mode: mode === "modern" ? { pin: version } : mode },
  },
);
client.onerror = (error) => {
  // The SDK runs a notification's handler a little later than it reads the answer right behind it, and has forgotten the
  // token by then. That progress comes before the answer is seen by client.py and the transcripts.
  if (/progress notification for an unknown token/.test(error.message)) return;
  console.error("client error:", error);
  process.exitCode = 1;
};
client.setRequestHandler("elicitation/create", async ({ params }) => ({
  action: "accept",
  content: Object.fromEntries(
    Object.keys(params.requestedSchema.properties).map((name) => [name, `my ${name}`]),
  ),
}));
client.setRequestHandler("sampling/createMessage", async () => ({
  model: "test",
  role: "assistant",
  content: { type: "text", text: "sampled" },
}));
client.setRequestHandler("roots/list", async () => ({ roots: [] }));
await client.connect(
  command.startsWith("http:")
    ? new StreamableHTTPClientTransport(new URL(command))
    : new StdioClientTransport({ command, args, stderr: "inherit" }),
);
assert.equal(client.getNegotiatedProtocolVersion(), version);
assert.equal(client.getServerVersion().name, "springline");

const { tools } = await client.listTools();
assert.ok(tools.some((tool) => tool.name === "echo"));
const echoed = await client.callTool({ name: "echo", arguments: { message: "hi" } });
assert.equal(echoed.content[0].text, "Echo: hi");
const structured = await client.callTool({ name: "system_info", arguments: {} });
assert.equal(typeof structured.structuredContent.java, "string");
await assert.rejects(client.callTool({ name: "nothing", arguments: {} }), /nothing/);

// the same two tools ask in both eras: by requests, or by results that require input
const asked = await client.callTool({ name: "test_elicitation", arguments: { message: "Who?" } });
assert.match(asked.content[0].text, /action=accept.*my username/);
const sampled = await client.callTool({ name: "test_sampling", arguments: { prompt: "p" } });
assert.match(sampled.content[0].text, /sampled/);

const progress = [];
await client.callTool(
  { name: "count_up", arguments: { steps: 5, ms: 20 } },
  { onprogress: (each) => progress.push(each.progress) },
);
assert.deepEqual(progress, [1, 2, 3, 4, 5].slice(0, Math.max(4, progress.length)));

const { resources } = await client.listResources();
assert.ok(resources.length > 0);
const read = await client.readResource({ uri: "test://static-text" });
assert.ok(read.contents[0].text.length > 0);
const { prompts } = await client.listPrompts();
assert.ok(prompts.length > 0);
const prompt = await client.getPrompt({
  name: "test_prompt_with_arguments",
  arguments: { arg1: "a", arg2: "b" },
});
assert.match(JSON.stringify(prompt.messages), /arg1='a', arg2='b'/);
const completed = await client.complete({
  ref: { type: "ref/prompt", name: "test_prompt_with_arguments" },
  argument: { name: "arg1", value: "test" },
});
assert.ok(Array.isArray(completed.completion.values));

if (client.getProtocolEra() === "modern") {
  const changed = new Promise((resolve) =>
    client.setNotificationHandler("notifications/tools/list_changed", resolve),
  );
  const subscription = await client.listen({ toolsListChanged: true });
  await client.callTool({ name: "test_trigger_tool_change", arguments: {} });
  await changed;
  await subscription.close();
}
await client.close();
console.log("ok");
process.exit();
