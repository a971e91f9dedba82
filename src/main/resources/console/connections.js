// The list of open connections: search, order, traffic log, disconnect.
import {call, get} from "./api.js";
import {confirmed, h, keyed, text, unique} from "./dom.js";
import {bytes, count, millis, NONE, since} from "./format.js";
import {Traffic} from "./traffic.js";

const ORDERS = {newest: "newest first", oldest: "oldest first", rtt: "slowest round trip", "in-flight": "most in flight",
  queued: "most queued", messages: "most messages"};
const COLUMNS = [["Client"], ["Principal"], ["Address"], ["Transport"], ["Protocol"], ["Age", "n"], ["RTT", "n"], ["In flight", "n"], ["Queued", "n"],
  ["In / out", "n"], ["Session"], [""]];

const CONSEQUENCES = {
  websocket: "The connection is closed with 1008, and the client is told not to come back.",
  http: "The session and its streams end, and requests in flight are cancelled. The client may open another session."};

export class Connections {
  #filter = h("input", {type: "search", id: unique("filter"), placeholder: "name, principal, address, id …", maxlength: 100, oninput: () => this.#again()});
  #order = h("select", {id: unique("order"), onchange: () => this.#again()},
    Object.entries(ORDERS).map(([value, label]) => h("option", {value}, label)));
  #found = h("p", {class: "muted", role: "status"});
  #rows = h("tbody");
  #table = h("table", {class: "connections"},
    h("thead", null, h("tr", null, COLUMNS.map(([label, kind]) => label
      ? h("th", {class: kind, scope: "col"}, label) : h("td", null)))),
    this.#rows);
  #empty = h("div", {class: "empty"});
  #previous = h("button", {type: "button", onclick: () => this.#turn(-1)}, "Previous");
  #next = h("button", {type: "button", onclick: () => this.#turn(1)}, "Next");
  #page = h("span", {class: "muted"});
  #pager = h("div", {class: "pager"}, this.#previous, this.#page, this.#next);
  #traffic = new Traffic();
  #number = 0;
  #asked = 0;
  #timer = null;
  #main = "/mcp";

  constructor() {
    this.element = h("div", null,
      h("h1", {class: "hidden"}, "Connections"),
      h("div", {class: "tools"},
        h("label", {for: this.#filter.id, class: "hidden"}, "Find connections"), this.#filter,
        h("label", {for: this.#order.id, class: "hidden"}, "Order"), this.#order,
        this.#found),
      h("div", {class: "card flush"}, this.#table, this.#empty),
      this.#pager,
      this.#traffic.element);
  }

  update(state) {
    this.#main = state.service.endpoints[0];
  }

  async refresh() {
    const asked = ++this.#asked;
    const query = new URLSearchParams({filter: this.#filter.value, order: this.#order.value, page: this.#number});
    const seen = await get(`connections?${query}`);
    if (asked === this.#asked) this.#show(seen);
    await this.#traffic.refresh();
  }

  /** Reloads when the user has stopped typing. */
  #again() {
    this.#number = 0;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh().catch(() => {}), 150);
  }

  #turn(by) {
    this.#number += by;
    this.refresh().catch(() => {});
  }

  #show(seen) {
    this.#number = seen.page;
    text(this.#found, seen.matching === seen.total ? `${count(seen.total)} open` : `${count(seen.matching)} of ${count(seen.total)}`);
    this.#table.hidden = !seen.connections.length;
    this.#empty.hidden = seen.connections.length > 0;
    if (!seen.connections.length && this.#empty.dataset.total !== String(seen.total)) this.#sayEmpty(seen.total);
    this.#pager.hidden = seen.pages === 1;
    text(this.#page, `Page ${count(seen.page + 1)} of ${count(seen.pages)}`);
    this.#previous.disabled = seen.page === 0;
    this.#next.disabled = seen.page + 1 >= seen.pages;
    keyed(this.#rows, seen.connections, (connection) => connection.id, (connection) => this.#row(connection), update);
  }

  #sayEmpty(total) {
    this.#empty.dataset.total = total;
    this.#empty.replaceChildren(...(total
      ? [h("p", null, "No connection matches.")]
      : [h("p", null, "No client is connected."),
        h("p", {class: "muted"}, "Connect at ", h("a", {href: "#try"}, "Try it"), ", or from a terminal: ",
          h("code", null, `npx wscat -s mcp -c ${location.origin.replace(/^http/, "ws")}${this.#main}`))]));
  }

  #row(connection) {
    const {id} = connection;
    const who = connection.client.name ?? connection.principal;
    return h("tr", null,
      COLUMNS.map(([label, kind], i) => i < COLUMNS.length - 1
        ? h("td", {class: kind, "data-label": label}, i === 0 ? [h("span"), h("small")] : null)
        : h("td", {class: "actions"},
          connection.transport === "websocket"
            ? h("button", {type: "button", class: "quiet", "aria-label": `Traffic of ${who}`, onclick: () => this.#traffic.open(id, who)}, "Traffic") : null,
          h("button", {type: "button", class: "quiet danger", "aria-label": `Disconnect ${who}`, onclick: () => this.#disconnect(connection)}, "Disconnect"))));
  }

  async #disconnect({id, transport, client, principal, remoteAddress}) {
    const who = client.name ?? principal;
    if (await confirmed(`Disconnect ${who}?`, `${principal}, ${remoteAddress}. ${CONSEQUENCES[transport]}`, "Disconnect")) {
      try {
        await call("DELETE", `connections/${id}`);
      } catch (error) {
        if (error.status !== 404) text(this.#found, error.message);
      }
      this.refresh().catch(() => {});
    }
  }
}

function update(row, c) {
  const [client, principal, address, transport, protocol, age, rtt, inFlight, queued, messages, session] = row.cells;
  text(client.firstChild, c.client.name ?? "unknown");
  client.firstChild.classList.toggle("muted", !c.client.name);
  text(client.lastChild, c.client.version ?? "");
  text(principal, c.principal);
  principal.classList.toggle("muted", c.principal === "anonymous");
  text(address, c.remoteAddress);
  text(transport, c.transport === "http" ? `HTTP, ${count(c.streams)} open` : "WebSocket");
  transport.title = c.transport === "http" ? "Open HTTP responses, including event streams" : "";
  text(protocol, c.protocolVersion ?? NONE);
  text(age, since(c.connectedAt));
  text(rtt, millis(c.rttMillis));
  text(inFlight, count(c.inFlight));
  text(queued, c.queuedBytes ? bytes(c.queuedBytes) : "0");
  text(messages, `${count(c.messagesReceived)} / ${count(c.messagesSent)}`);
  text(session, c.session ? "resumable" : "plain");
  session.classList.toggle("muted", !c.session);
  session.title = c.session ? `Session ${c.session}` : c.transport === "http" ? "Ends with its request" : "Ends with its connection";
  row.classList.toggle("watched", c.traffic);
}
