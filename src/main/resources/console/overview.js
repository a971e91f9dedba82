// The overview: current values, plots, ended connections and recent errors.
import {h, keyed, text} from "./dom.js";
import {bytes, clock, count, millis, rate} from "./format.js";
import {Plot} from "./plot.js";

export class Overview {
  #tiles = [
    tile("Connections", (s) => count(s.now.connections), (s) => `${count(s.now.totalConnections)} since start`),
    tile("Sessions", (s) => count(s.now.sessions),
      (s) => s.now.detachedSessions ? `${count(s.now.detachedSessions)} detached, ${bytes(s.now.detachedBytes)} buffered` : "none detached"),
    tile("Requests", (s) => rate(last(s)?.requests), () => "per second"),
    tile("Latency, median", (s) => millis(last(s)?.p50), (s) => `p99 ${millis(last(s)?.p99)}`),
    tile("Errors", (s) => rate(last(s)?.errors), () => "per second", (s) => last(s)?.errors > 0),
    tile("Queued", (s) => bytes(s.now.queuedBytes), () => "not yet read by clients"),
    tile("Upstreams", (s) => s.now.upstreams ? `${count(s.now.upstreams - s.now.upstreamsDown)} of ${count(s.now.upstreams)}` : "0",
      (s) => s.now.upstreams ? "not down" : "none configured", (s) => s.now.upstreamsDown > 0),
    tile("Heap", (s) => bytes(s.now.heapBytes), (s) => `of ${bytes(s.now.maxHeapBytes)}`),
  ];
  #plots = [
    new Plot("Messages per second", {format: rate, empty: "No message yet",
      series: [{key: "received", label: "in"}, {key: "sent", label: "out"}]}),
    new Plot("Latency of requests", {format: millis, log: true, empty: "No request in the last 15 minutes",
      series: [{key: "p50", label: "p50"}, {key: "p95", label: "p95"}, {key: "p99", label: "p99"}]}),
    new Plot("Connections", {format: count, empty: "No connection yet", series: [{key: "connections", label: "open"}]}),
    new Plot("Requests and errors per second", {format: rate, empty: "No request yet",
      series: [{key: "requests", label: "requests"}, {key: "errors", label: "errors"}]}),
  ];
  #closes = h("tbody");
  #errors = h("tbody");
  #noCloses = h("p", {class: "empty"}, "No connection has ended yet.");
  #noErrors = h("p", {class: "empty"}, "No errors. Error responses to clients, and warnings and errors of the log, appear here.");

  constructor() {
    this.element = h("div", {class: "overview"},
      h("h1", {class: "hidden"}, "Overview"),
      h("div", {class: "tiles"}, this.#tiles.map((each) => each.element)),
      h("div", {class: "plots"}, this.#plots.map((plot) => plot.element)),
      h("div", {class: "columns"},
        h("section", {class: "card"},
          h("h2", null, "Why connections ended"),
          this.#noCloses,
          h("table", {class: "facts"},
            h("thead", null, h("tr", null, h("th", null, "Reason"), h("th", {class: "n"}, "Code"),
              h("th", {class: "n"}, "15 min"), h("th", {class: "n"}, "Total"))),
            this.#closes)),
        h("section", {class: "card"},
          h("h2", null, "Recent errors"),
          this.#noErrors,
          h("table", {class: "facts errors"},
            h("thead", null, h("tr", null, h("th", null, "Last"), h("th", null, "What"), h("th", null, "Error"), h("th", {class: "n"}, "Times"))),
            this.#errors))));
  }

  update(state) {
    for (const each of this.#tiles) each.update(state);
    for (const plot of this.#plots) plot.update(state.history);
    this.#noCloses.hidden = state.closes.length > 0;
    this.#closes.parentElement.hidden = !state.closes.length;
    keyed(this.#closes, [...state.closes].sort((a, b) => b.recent - a.recent || b.total - a.total), (close) => close.reason,
      () => h("tr", null, h("td"), h("td", {class: "n muted"}), h("td", {class: "n"}), h("td", {class: "n"})),
      (row, close) => cells(row, close.reason === "peer" ? "client or network" : close.reason.replaceAll("_", " "),
        close.code ?? "–", count(close.recent), count(close.total)));
    this.#noErrors.hidden = state.errors.length > 0;
    this.#errors.parentElement.hidden = !state.errors.length;
    keyed(this.#errors, state.errors, (e) => [e.source, e.what, e.principal, e.text].join("\n"),
      (e) => h("tr", {class: e.source}, h("td", {class: "time"}), h("td"), h("td", {class: "wide"}), h("td", {class: "n"})),
      (row, e) => cells(row, clock(e.at), e.principal && e.principal !== "anonymous" ? `${e.what} · ${e.principal}` : e.what, e.text, count(e.count)));
  }
}

const last = (state) => state.history.at(-1);

function cells(row, ...values) {
  values.forEach((value, i) => text(row.cells[i], value));
}

function tile(label, value, note, bad = () => false) {
  const number = h("dd", {class: "value"});
  const small = h("dd", {class: "note"});
  const element = h("dl", {class: "tile"}, h("dt", null, label), number, small);
  return {element, update(state) {
    text(number, value(state));
    text(small, note(state));
    element.classList.toggle("bad", bad(state));
  }};
}
