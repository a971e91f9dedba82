// An MCP App in a frame: it has an origin of its own, and reaches its server through messages to this page only.
import {h, text} from "./dom.js";

export const APPS = "io.modelcontextprotocol/ui";
export const APP_TYPE = "text/html;profile=mcp-app";
const APP_PROTOCOL = "2026-01-26";
const MAX_HEIGHT = 800;
const MAX_RUNNING = 16;
const METHOD_NOT_FOUND = -32601;
const DOMAINS = {connect: "connectDomains", resource: "resourceDomains", frame: "frameDomains", base: "baseUriDomains"};

/** Returns the URI of the tool's app; undefined if it has none. */
export const appUri = (tool) => tool._meta?.ui?.resourceUri ?? tool._meta?.["ui/resourceUri"];

/** The tools that an app may call: those of its own server that are not for models only. */
const callable = (tool) => !tool._meta?.ui?.visibility || tool._meta.ui.visibility.includes("app");

export class App {
  #client;
  #tools;
  #shown;
  #running = 0;
  #frame = h("iframe", {sandbox: "allow-scripts", class: "app", title: "App", height: 320});
  #note = h("p", {class: "muted", role: "status"}, "The app is being loaded.");

  /**
   * @param client the connected McpClient
   * @param tools the tools of the endpoint
   * @param shown {tool, args, result} of the call
   */
  constructor(client, tools, shown) {
    this.#client = client;
    this.#tools = tools;
    this.#shown = shown;
    this.element = h("div", {class: "app-card"}, this.#note, this.#frame);
    this.#load().catch((error) => this.#failed(error.message));
  }

  async #load() {
    const uri = appUri(this.#shown.tool);
    const {contents} = await this.#client.request("resources/read", {uri}).answer;
    const page = contents.find((each) => each.uri === uri);
    if (page?.mimeType !== APP_TYPE) return this.#failed(`The resource ${uri} is not an app: its type is ${page?.mimeType}.`);
    const html = page.text ?? new TextDecoder().decode(Uint8Array.from(atob(page.blob), (c) => c.charCodeAt(0)));
    const query = new URLSearchParams();
    for (const [name, member] of Object.entries(DOMAINS)) {
      for (const origin of page._meta?.ui?.csp?.[member] ?? []) query.append(name, origin);
    }
    let loaded = false;
    const listener = ({source, data}) => {
      if (!this.#frame.isConnected) return removeEventListener("message", listener);
      if (source !== this.#frame.contentWindow) return;
      if (data?.frame !== "ready") return this.#received(data);
      // Once only: an app that opens this page again could give it a policy of its own choice.
      if (!loaded) this.#post({html});
      loaded = true;
    };
    addEventListener("message", listener);
    this.#frame.src = `app?${query}`;
  }

  #failed(reason) {
    text(this.#note, reason);
    this.#note.className = "trouble";
    this.#frame.remove();
  }

  /** The frame has no origin that could be named as the target. */
  #post(message) {
    this.#frame.contentWindow?.postMessage(message, "*");
  }

  #notify(method, params) {
    this.#post({jsonrpc: "2.0", method, params});
  }

  #received(message) {
    if (message?.jsonrpc !== "2.0" || typeof message.method !== "string") return;
    const {id, method, params = {}} = message;
    if (id === undefined) return this.#notified(method, params);
    this.#answer(method, params).then(
      (result) => this.#post({jsonrpc: "2.0", id, result}),
      (error) => this.#post({jsonrpc: "2.0", id, error: {code: error.code ?? -32603, message: error.message}}));
  }

  #notified(method, params) {
    switch (method) {
      case "ui/notifications/initialized":
        text(this.#note, "");
        this.#notify("ui/notifications/tool-input", {arguments: this.#shown.args});
        this.#notify("ui/notifications/tool-result", this.#shown.result);
        break;
      case "ui/notifications/size-changed":
        if (params.height > 0) this.#frame.height = Math.min(MAX_HEIGHT, Math.ceil(params.height));
        break;
      case "notifications/message":
        text(this.#note, `The app says: ${JSON.stringify(params.data).slice(0, 500)}`);
        break;
    }
  }

  async #answer(method, params) {
    switch (method) {
      case "ui/initialize":
        return {protocolVersion: APP_PROTOCOL, hostInfo: {name: "springline-console", version: "1"},
          hostCapabilities: {serverTools: {}, serverResources: {}, logging: {}},
          hostContext: {theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light", displayMode: "inline", platform: "web"}};
      case "ping":
        return {};
      case "tools/call":
        return this.#forward(method, {name: this.#tool(params.name), arguments: params.arguments ?? {}});
      case "resources/read":
        return this.#forward(method, {uri: params.uri});
      default:
        throw Object.assign(new Error(`The console does not support ${method}.`), {code: METHOD_NOT_FOUND});
    }
  }

  /** Returns the name of a tool that this app may call. The server itself refuses those of another upstream. */
  #tool(name) {
    const tool = this.#tools.find((each) => each.name === name);
    if (tool && !callable(tool)) throw Object.assign(new Error(`An app may not call ${name}.`), {code: -32602});
    return name;
  }

  async #forward(method, params) {
    if (this.#running >= MAX_RUNNING) throw new Error("Too many requests of the app are running.");
    this.#running++;
    try {
      return await this.#client.request(method, {...params, _meta: {ui: {resourceUri: appUri(this.#shown.tool)}}}).answer;
    } finally {
      this.#running--;
    }
  }
}
