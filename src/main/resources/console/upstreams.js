// The list of upstream servers, and of those among them that have attached.
import {call, get} from "./api.js";
import {confirmed, h, keyed, text} from "./dom.js";
import {count, since} from "./format.js";

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
    const [{upstreams}, {servers}] = await Promise.all([get("upstreams"), get("attached")]);
    for (const upstream of upstreams) upstream.attached = servers.find((server) => server.name === upstream.name);
    this.#empty.hidden = upstreams.length > 0;
    keyed(this.#list, upstreams, (upstream) => upstream.name, create, update);
  }
}

function create(upstream) {
  const parts = {
    state: h("span"), server: h("span", {class: "muted"}), trouble: h("p", {class: "trouble"}),
    facts: h("p", {class: "counts"}), extensions: h("p", {class: "counts extensions"}), words: h("summary"), stderr: h("pre", {tabindex: 0}),
    heading: h("summary"), warnings: h("pre", {tabindex: 0}),
  };
  parts.where = h("p", {class: "counts where"});
  parts.credential = h("span");
  parts.consents = h("a", {href: "../springline/consent/"}, "Your consents");
  parts.auth = h("p", {class: "counts credential"}, parts.credential, " ", parts.consents);
  parts.refused = h("p", {class: "trouble refused"});
  parts.said = h("pre", {class: "muted", role: "status"});
  parts.actions = h("p", {class: "actions"},
    action(upstream, parts, "Refresh", () => call("PUT", `attached/${encodeURIComponent(upstream.name)}/refresh`).then(() => "The lists are read again.")),
    action(upstream, parts, "Ping", () => call("PUT", `attached/${encodeURIComponent(upstream.name)}/ping`).then(({millis}) => `It answered after ${millis} ms.`)),
    action(upstream, parts, "Stderr", () => get(`attached/${encodeURIComponent(upstream.name)}/stderr`).then(({lines}) => lines.join("\n") || "No lines.")),
    action(upstream, parts, "Disconnect", () => call("DELETE", `attached/${encodeURIComponent(upstream.name)}`).then(() => "The connection is closed."),
      "The connection is closed with 1012, and the server may attach again."),
    action(upstream, parts, "Revoke token", () => call("DELETE", `attach-tokens/${encodeURIComponent(parts.token)}`).then(() => "The token is revoked."),
      "All servers with this token are disconnected, on all replicas. They cannot attach again until all replicas have stopped."));
  parts.notes = h("details", null, parts.heading, parts.warnings);
  parts.lines = h("details", null, parts.words, parts.stderr);
  const element = h("section", {class: "card upstream"},
    h("div", {class: "head"}, h("h2", null, upstream.name), parts.state, parts.server),
    parts.facts, parts.extensions, parts.auth, parts.where, parts.actions, parts.said, parts.trouble, parts.refused, parts.notes, parts.lines);
  element.parts = parts;
  return element;
}

/** A button that does something with an attached server, after a question if `consequence` is given. */
function action({name}, parts, label, run, consequence) {
  const act = async () => {
    if (consequence && !await confirmed(`${label}: ${name}?`, consequence, label)) return;
    try {
      text(parts.said, await run());
    } catch (error) {
      text(parts.said, error.message);
    }
  };
  return h("button", {type: "button", class: consequence ? "quiet danger" : "quiet", "aria-label": `${label} ${name}`, onclick: act}, label);
}

function update({parts}, u) {
  const a = u.attached;
  parts.token = a?.token;
  parts.where.hidden = parts.actions.hidden = parts.said.hidden = !a;
  if (a) {
    text(parts.where, [`${a.state.toLowerCase()} for ${since(a.since)}`, a.address, a.node && `at replica ${a.node}`, `token ${a.token}`, `attached ${count(a.connects)} times`,
      a.resumable ? `resumed ${count(a.resumes)} times` : "does not resume"].filter(Boolean).join(" · "));
  }
  text(parts.state, u.state);
  parts.state.className = `pill ${u.state}`;
  text(parts.server, [u.kind === "unknown" ? "" : u.kind, u.serverName, u.protocolVersion].filter(Boolean).join(" · "));
  parts.facts.hidden = u.state === "left-out";
  text(parts.facts, [some(u.tools, "tool"), some(u.prompts, "prompt"), some(u.resources, "resource"),
    some(u.connections, u.kind === "stdio" ? "process" : "session"), some(u.restarts, "restart")].join(" · "));
  const extensions = Object.entries(u.extensions);
  parts.extensions.hidden = !extensions.length;
  text(parts.extensions, extensions.map(([id, state]) => `${id}: ${state}`).join(" · "));
  parts.auth.hidden = u.auth === "none";
  text(parts.credential, `credential: ${u.auth}`);
  parts.consents.hidden = u.auth !== "authorization-code";
  text(parts.refused, u.authTrouble ?? "");
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
