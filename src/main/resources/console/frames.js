// The list of sent and received WebSocket messages.
import {h} from "./dom.js";
import {bytes, preciseClock} from "./format.js";

const MAX_FRAMES = 300;
const MAX_LINE = 300;
const MAX_SHOWN = 50_000;

export class Frames {
  #list = h("ol", {class: "frames", tabindex: 0});
  #empty = h("p", {class: "empty"}, "Each WebSocket message appears here as it is sent and received.");
  #acks = h("input", {type: "checkbox", id: "acks", onchange: () => this.#list.classList.toggle("no-acks", !this.#acks.checked)});

  constructor() {
    this.#list.classList.add("no-acks");
    this.element = h("section", {class: "card flush frames-card", "aria-label": "Frames"},
      h("div", {class: "head"}, h("h2", null, "Frames"),
        h("span", {class: "check"}, this.#acks, h("label", {for: "acks"}, "acknowledgements")),
        h("button", {type: "button", class: "quiet", onclick: () => this.#clear()}, "Clear")),
      this.#empty, this.#list);
  }

  add(direction, data) {
    this.#empty.hidden = true;
    const message = JSON.parse(data);
    const shown = masked(message, data);
    const sent = direction === "sent";
    const [kind, id] = said(message);
    const body = h("pre", {tabindex: 0});
    const item = h("li", {class: `${direction}${message.method === "springline/ack" ? " ack" : ""}`},
      h("details", {ontoggle: (event) => {
        if (event.currentTarget.open) body.textContent = JSON.stringify(JSON.parse(shown), null, 2).slice(0, MAX_SHOWN);
      }},
        h("summary", null,
          h("span", {class: "way", role: "img", "aria-label": sent ? "sent" : "received"}, sent ? "→" : "←"),
          h("time", null, preciseClock(new Date())),
          h("span", {class: "size"}, bytes(data.length)),
          h("span", {class: "said"}, h("b", {class: kind === "error" ? "trouble" : null}, kind), id == null ? "" : ` ${id}`, h("code", null, shown.slice(0, MAX_LINE)))),
        body));
    const follow = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < 40;
    this.#list.append(item);
    while (this.#list.children.length > MAX_FRAMES) this.#list.firstChild.remove();
    if (follow) this.#list.scrollTop = this.#list.scrollHeight;
  }

  #clear() {
    this.#list.replaceChildren();
    this.#empty.hidden = false;
  }
}

/** What a message is, and the id that tells which request it belongs to. */
function said(message) {
  if (Array.isArray(message)) return ["batch", null];
  return [message.method ?? (message.error ? "error" : "result"), message.id ?? message.params?.progressToken ?? message.params?.requestId];
}

/** As it went over the wire, but for the token that would let somebody else resume this session. */
function masked(message, data) {
  const place = message.method === "springline/resume" ? "params" : "result";
  const ours = message.method === "springline/resume" || message.id === "springline/open" || message.id === "springline/resume";
  return ours && message[place]?.token ? JSON.stringify({...message, [place]: {...message[place], token: "•••"}}) : data;
}
