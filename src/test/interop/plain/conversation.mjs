// MCP in both eras over nothing but the WebSocket of the platform: that of a browser, or Node's ws. Against the profile
// "conformance". Returns a line that says what went well, throws otherwise.

function check(condition, what) {
  if (!condition) throw new Error(what);
}

/** One connection: requests by id, and what else comes in. */
class Connection {
  #waiting = new Map();
  #listeners = [];
  #ids = 0;
  messages = 0;

  static open(url, protocols) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, protocols);
      const connection = new Connection();
      connection.socket = socket;
      connection.closed = new Promise((closed) => (socket.onclose = (event) => closed(event.code)));
      socket.onopen = () => resolve(connection);
      socket.onerror = () => reject(new Error(`no connection to ${url}`));
      socket.onmessage = (event) => connection.#take(JSON.parse(event.data));
    });
  }

  #take(message) {
    this.messages++;
    const settle = message.method === undefined && this.#waiting.get(message.id);
    if (settle) {
      this.#waiting.delete(message.id);
      settle(message);
    } else {
      this.#listeners.forEach((listener) => listener(message));
    }
  }

  send(message) {
    this.socket.send(JSON.stringify({ jsonrpc: "2.0", ...message }));
  }

  request(method, params) {
    const id = ++this.#ids;
    const answer = new Promise((resolve) => this.#waiting.set(id, resolve));
    this.send({ id, method, params });
    return answer;
  }

  /** The next message that is no answer and for which this holds. */
  next(matches) {
    return new Promise((resolve) =>
      this.#listeners.push((message) => matches(message) && resolve(message)),
    );
  }
}

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": { elicitation: {} },
  "io.modelcontextprotocol/clientInfo": { name: "plain", version: "1" },
};

async function legacy(url) {
  const connection = await Connection.open(url, "mcp");
  check(connection.socket.protocol === "mcp", "subprotocol mcp");
  const opened = await connection.request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: { elicitation: {} },
    clientInfo: { name: "plain", version: "1" },
  });
  check(opened.result.protocolVersion === "2025-11-25", "2025-11-25");
  connection.send({ method: "notifications/initialized" });

  const asked = connection.next((message) => message.method === "elicitation/create");
  const asking = connection.request("tools/call", {
    name: "test_elicitation",
    arguments: { message: "Who are you?" },
  });
  const question = await asked;
  check(question.params.message === "Who are you?", "the question");
  connection.send({
    id: question.id,
    result: { action: "accept", content: { username: "ada", email: "ada@example.com" } },
  });
  check(/action=accept/.test((await asking).result.content[0].text), "the answer to it");

  const changed = connection.next((m) => m.method === "notifications/tools/list_changed");
  await connection.request("tools/call", { name: "test_trigger_tool_change" });
  await changed;
  connection.socket.close(1000);
  check((await connection.closed) === 1000, "close 1000");
  return connection.messages;
}

async function modern(url) {
  const connection = await Connection.open(url);
  check(!connection.socket.protocol, "no subprotocol");
  const discovered = await connection.request("server/discover", { _meta: META });
  check(discovered.result.supportedVersions.includes("2026-07-28"), "2026-07-28");

  const text = "Grüße, 世界, 😀 \u2028";
  const echoed = await connection.request("tools/call", {
    name: "echo",
    arguments: { message: text },
    _meta: META,
  });
  check(echoed.result.content[0].text === `Echo: ${text}`, "every character");

  // more than the server puts into one frame
  const blob = await connection.request("tools/call", {
    name: "blob",
    arguments: { bytes: 700_000 },
    _meta: META,
  });
  check(blob.result.content[0].text.length === 700_000, "a large answer");
  const large = "y".repeat(700_000);
  const back = await connection.request("tools/call", {
    name: "echo",
    arguments: { message: large },
    _meta: META,
  });
  check(back.result.content[0].text.length === large.length + 6, "a large request");

  const call = { name: "test_input_required_result_elicitation", arguments: {}, _meta: META };
  const first = await connection.request("tools/call", call);
  check(first.result.resultType === "input_required", "input_required");
  const second = await connection.request("tools/call", {
    ...call,
    inputResponses: { user_name: { action: "accept", content: { name: "Ada" } } },
    ...(first.result.requestState && { requestState: first.result.requestState }),
  });
  check(second.result.content[0].text === "Hello, Ada!", "the second round");

  const steps = [];
  const third = connection.next((message) => {
    if (message.method === "notifications/progress") steps.push(message.params.progress);
    return steps.length === 3;
  });
  await connection.request("tools/call", {
    name: "count_up",
    arguments: { steps: 3, ms: 5 },
    _meta: { ...META, progressToken: "steps" },
  });
  await third;
  check(steps.join() === "1,2,3", "progress in order");

  const acknowledged = connection.next((m) => /acknowledged$/.test(m.method));
  connection.request("subscriptions/listen", {
    notifications: { toolsListChanged: true },
    _meta: META,
  });
  await acknowledged;
  const changed = connection.next((m) => m.method === "notifications/tools/list_changed");
  await connection.request("tools/call", { name: "test_trigger_tool_change", _meta: META });
  await changed;
  connection.socket.close();
  await connection.closed;
  return connection.messages;
}

export async function converse(url) {
  return `ok: ${await legacy(url)} legacy and ${await modern(url)} modern messages`;
}
