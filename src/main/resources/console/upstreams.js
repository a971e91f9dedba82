// The list of upstream servers.
import {get} from "./api.js";
import {h, keyed, text} from "./dom.js";
import {count} from "./format.js";

export class Upstreams {
  #list = h("div", {class: "upstreams"});
  #empty = h("div", {class: "empty card", hidden: true},
    h("p", null, "No upstream is configured."),
    h("p", {class: "muted"}, "To offer the tools of other MCP servers, set ", h("code", null, "springline.relay.config-file"),
      " to an ", h("code", null, "mcpServers"), " file, and restart."));

  constructor() {
    this.element = h("div", null, h("h1", {class: "hidden"}, "Upstreams"), this.#empty, this.#list);
  }

  update() {}

  async refresh() {
    const {upstreams} = await get("upstreams");
    this.#empty.hidden = upstreams.length > 0;
    keyed(this.#list, upstreams, (upstream) => upstream.name, create, update);
  }
}

function create(upstream) {
  const parts = {
    state: h("span"), server: h("span", {class: "muted"}), trouble: h("p", {class: "trouble"}),
    facts: h("p", {class: "counts"}), words: h("summary"), stderr: h("pre", {tabindex: 0}),
    heading: h("summary"), warnings: h("pre", {tabindex: 0}),
  };
  parts.notes = h("details", null, parts.heading, parts.warnings);
  parts.lines = h("details", null, parts.words, parts.stderr);
  const element = h("section", {class: "card upstream"},
    h("div", {class: "head"}, h("h2", null, upstream.name), parts.state, parts.server),
    parts.facts, parts.trouble, parts.notes, parts.lines);
  element.parts = parts;
  return element;
}

function update({parts}, u) {
  text(parts.state, u.state);
  parts.state.className = `pill ${u.state}`;
  text(parts.server, [u.kind === "unknown" ? "" : u.kind, u.serverName, u.protocolVersion].filter(Boolean).join(" · "));
  parts.facts.hidden = u.state === "left-out";
  text(parts.facts, [some(u.tools, "tool"), some(u.prompts, "prompt"), some(u.resources, "resource"),
    some(u.connections, u.kind === "stdio" ? "process" : "session"), some(u.restarts, "restart")].join(" · "));
  const past = u.state === "up" && !u.warnings.some((each) => u.trouble?.includes(each));
  text(parts.trouble, u.trouble ? (past ? `Last failure: ${u.trouble}` : u.trouble) : "");
  parts.trouble.classList.toggle("past", past);
  parts.notes.hidden = !u.warnings.length;
  text(parts.heading, some(u.warnings.length, "warning"));
  text(parts.warnings, u.warnings.join("\n"));
  parts.lines.hidden = !u.stderr.length;
  text(parts.words, u.stderr.length === 1 ? "Last line of stderr" : `Last ${u.stderr.length} lines of stderr`);
  text(parts.stderr, u.stderr.join("\n"));
}

function some(n, what) {
  const plural = what.endsWith("s") ? `${what}es` : `${what}s`;
  return `${count(n)} ${n === 1 ? what : plural}`;
}
