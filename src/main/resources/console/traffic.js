// The traffic log of one connection. It is turned off when it is closed.
import {call, get} from "./api.js";
import {h, text} from "./dom.js";
import {bytes, NONE, preciseClock} from "./format.js";

const MAX_LINES = 200;

export class Traffic {
  #title = h("h2");
  #rows = h("tbody");
  #trouble = h("p", {class: "muted", role: "status"});
  #id = null;
  #last = 0;

  constructor() {
    this.element = h("section", {class: "card traffic", hidden: true, "aria-label": "Traffic"},
      h("div", {class: "head"}, this.#title,
        h("button", {type: "button", onclick: () => this.close()}, "Stop")),
      this.#trouble,
      h("div", {class: "scroll", tabindex: 0},
        h("table", {class: "facts mono"},
          h("thead", null, h("tr", null, h("th", null, "Time"), h("th", null, h("span", {class: "hidden"}, "Direction")),
            h("th", null, "Method"), h("th", null, "Id"), h("th", {class: "n"}, "Size"), h("th", null, "Message"))),
          this.#rows)));
  }

  async open(id, who) {
    await this.close();
    try {
      await call("PUT", `connections/${id}/traffic`);
      this.#id = id;
      this.#last = 0;
      this.#rows.replaceChildren();
      text(this.#title, `Traffic of ${who}`);
      text(this.#trouble, "Waiting for the next message. Values that look like secrets are masked. Each message is also written to the logger io.springline.traffic.");
    } catch (error) {
      text(this.#title, "Traffic");
      text(this.#trouble, error.message);
    }
    this.element.hidden = false;
    this.element.scrollIntoView({block: "nearest"});
  }

  async close() {
    this.element.hidden = true;
    const id = this.#id;
    this.#id = null;
    if (id) await call("DELETE", `connections/${id}/traffic`).catch(() => {});
  }

  async refresh() {
    const id = this.#id;
    if (!id) return;
    try {
      const {lines} = await get(`connections/${id}/traffic?after=${this.#last}`);
      if (id !== this.#id || !lines.length) return;
      text(this.#trouble, "");
      this.#last = lines.at(-1).number;
      for (const line of lines) this.#rows.prepend(row(line));
      while (this.#rows.rows.length > MAX_LINES) this.#rows.lastChild.remove();
    } catch (error) {
      text(this.#trouble, error.message);
    }
  }
}

function row(line) {
  const received = line.direction === "RECEIVED";
  return h("tr", {class: received ? "in" : "out"},
    h("td", {class: "time"}, preciseClock(new Date(line.at))),
    h("td", {class: "way", title: received ? "from the client" : "to the client"}, received ? "→" : "←"),
    h("td", null, line.method ?? NONE),
    h("td", null, line.id ?? ""),
    h("td", {class: "n"}, bytes(line.bytes)),
    h("td", {class: "wide"}, line.text));
}
