// An MCP client in the page: connects, calls tools, breaks the connection and resumes.
import {App, appUri} from "./app.js";
import {socket} from "./api.js";
import {Call} from "./call.js";
import {McpClient} from "./client.js";
import {h, text, unique} from "./dom.js";
import {form, FormError} from "./form.js";
import {Frames} from "./frames.js";
import {count} from "./format.js";

const VERSIONS = {"2026-07-28": "2026-07-28, stateless", "2025-11-25": "2025-11-25, initialize", "2025-06-18": "2025-06-18, initialize"};
const WORDS = {closed: "not connected", connecting: "connecting", open: "connected", cut: "cut", waiting: "connection lost"};
const MAX_CALLS = 30;

export class Try {
  #service = null;
  #client = null;
  #tools = [];
  #selected = null;
  #fields = null;
  #calls = new Map();
  #frames = new Frames();
  #endpoint = h("select", {id: unique("endpoint")});
  #version = h("select", {id: unique("version")}, Object.entries(VERSIONS).map(([value, label]) => h("option", {value}, label)));
  #resumable = h("input", {type: "checkbox", id: unique("resumable"), checked: true});
  #connect = h("button", {type: "button", class: "primary", onclick: () => this.#open()}, "Connect");
  #disconnect = h("button", {type: "button", onclick: () => this.#client.close()}, "Disconnect");
  #cut = h("button", {type: "button", onclick: () => this.#client.cut()}, "Cut the connection");
  #resume = h("button", {type: "button", class: "primary", onclick: () => this.#client.resume()}, "Resume");
  #state = h("b", {class: "state"});
  #words = h("span", {class: "muted"});
  #filter = h("input", {type: "search", "aria-label": "Find a tool", placeholder: "Find a tool", oninput: () => this.#listTools()});
  #list = h("ul", {class: "tools-list"});
  #form = h("div", {class: "card call-form"});
  #results = h("div", {class: "results", "aria-live": "polite"});

  constructor() {
    this.element = h("div", {class: "try"},
      h("h1", {class: "hidden"}, "Try it"),
      h("section", {class: "card connect", "aria-label": "Connection"},
        h("div", {class: "field"}, h("label", {for: this.#endpoint.id}, "Endpoint"), this.#endpoint),
        h("div", {class: "field"}, h("label", {for: this.#version.id}, "Protocol"), this.#version),
        h("div", {class: "field check"}, this.#resumable, h("label", {for: this.#resumable.id}, "Resumable session")),
        h("div", {class: "actions"}, this.#connect, this.#resume, this.#cut, this.#disconnect),
        h("p", {class: "connection-state", role: "status"}, this.#state, " ", this.#words)),
      h("div", {class: "bench"},
        h("section", {class: "card flush tools-card", "aria-label": "Tools"}, h("div", {class: "find"}, this.#filter), this.#list),
        h("div", {class: "work"}, this.#form, this.#results),
        this.#frames.element));
    this.#show("closed", "");
    this.#noTool();
  }

  update({service}) {
    if (this.#service) return;
    this.#service = service;
    this.#endpoint.replaceChildren(...service.endpoints.map((path) => h("option", {value: path}, path)));
  }

  async #open() {
    const endpoint = this.#endpoint.value;
    const client = new McpClient(() => socket(this.#service, endpoint),
      {version: this.#version.value, resumable: this.#resumable.checked},
      {
        state: (state, words) => client === this.#client && this.#show(state, words),
        frame: (direction, data) => this.#frames.add(direction, data),
        progress: (id, params) => this.#calls.get(id)?.progress(params),
      });
    this.#client = client;
    this.#calls.clear();
    try {
      const server = await client.open();
      this.#tools = server.capabilities.tools ? await client.list("tools/list", "tools") : [];
      this.#listTools();
      this.#show("open", `${server.info?.title ?? server.info?.name ?? ""} ${server.info?.version ?? ""}`);
      this.#filter.focus();
    } catch (error) {
      if (client !== this.#client) return;
      client.close();
      this.#show("closed", `${error.message} Check that ${location.host} is in springline.websocket.allowed-origins and allowed-hosts.`);
    }
  }

  #show(state, words) {
    const is = (...states) => states.includes(state);
    this.element.dataset.state = state;
    text(this.#state, WORDS[state]);
    this.#state.className = `state ${state}`;
    text(this.#words, words);
    this.#connect.hidden = !is("closed");
    this.#resume.hidden = !is("cut", "waiting") || !this.#client?.resumable;
    this.#cut.hidden = !is("open") || !this.#client?.resumable;
    this.#disconnect.hidden = is("closed");
    for (const input of [this.#endpoint, this.#version, this.#resumable]) input.disabled = !is("closed");
    if (is("closed")) {
      this.#tools = [];
      this.#listTools();
    }
    this.#enableCall();
  }

  #listTools() {
    const wanted = this.#filter.value.trim().toLowerCase();
    const found = this.#tools.filter((tool) => `${tool.name} ${tool.title ?? ""} ${tool.description ?? ""}`.toLowerCase().includes(wanted));
    this.#list.replaceChildren(...found.map((tool) => h("li", null,
      h("button", {type: "button", "aria-pressed": tool === this.#selected ? "true" : "false", onclick: () => this.#select(tool)},
        h("b", null, tool.name), h("small", null, tool.description ?? "")))));
    if (!found.length) {
      const words = this.#tools.length ? "No tool matches." : this.element.dataset.state === "open" ? "This endpoint has no tools." : "Connect to see the tools.";
      this.#list.append(h("li", {class: "empty"}, words));
    }
    this.#filter.placeholder = this.#tools.length ? `Find one of ${count(this.#tools.length)} tools` : "Find a tool";
  }

  #noTool() {
    this.#selected = null;
    this.#form.replaceChildren(h("p", {class: "empty"}, "Connect, then choose a tool. Its form and its results appear here."));
  }

  #select(tool) {
    this.#selected = tool;
    this.#fields = form(tool.inputSchema);
    this.#listTools();
    const trouble = h("p", {class: "trouble", role: "alert"});
    const hints = Object.entries({readOnlyHint: "read-only", destructiveHint: "destructive", idempotentHint: "idempotent", openWorldHint: "open world"})
      .filter(([hint]) => tool.annotations?.[hint]).map(([, words]) => h("span", {class: "pill"}, words));
    this.#form.replaceChildren(h("form", {onsubmit: (event) => {
      event.preventDefault();
      try {
        text(trouble, "");
        this.#call(tool, this.#fields.value());
      } catch (error) {
        if (!(error instanceof FormError)) throw error;
        text(trouble, error.message);
      }
    }},
      h("div", {class: "head"}, h("h2", null, tool.title ?? tool.name), hints),
      tool.description ? h("p", {class: "muted"}, tool.description) : null,
      this.#fields.element, trouble,
      h("div", {class: "actions"}, h("button", {class: "primary", id: "call"}, "Call"))));
    this.#enableCall();
    this.#form.querySelector("input, select, textarea, button")?.focus();
  }

  #enableCall() {
    const button = this.#form.querySelector("#call");
    if (button) button.disabled = this.element.dataset.state !== "open";
  }

  #call(tool, args, more = {}) {
    const {id, answer} = this.#client.request("tools/call", {name: tool.name, arguments: args, ...more}, true);
    const client = this.#client;
    const call = new Call(tool.name, id, {
      cancel: () => client.cancel(id),
      answer: (responses, requestState) => this.#call(tool, args, {inputResponses: responses, ...(requestState ? {requestState} : {})}),
    });
    this.#calls.set(id, call);
    this.#results.prepend(call.element);
    while (this.#results.children.length > MAX_CALLS) this.#results.lastChild.remove();
    answer.then((result) => {
      call.result(result);
      if (appUri(tool) && result.resultType !== "input_required") call.element.append(new App(client, this.#tools, {tool, args, result}).element);
    }, (error) => call.failed(error)).finally(() => this.#calls.delete(id));
  }
}
