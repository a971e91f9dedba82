// The unfinished tasks of this node: state, age, owner, cancel.
import {call, get} from "./api.js";
import {confirmed, h, keyed, text} from "./dom.js";
import {count, duration, since} from "./format.js";

const MAX_MESSAGE = 60;
const COLUMNS = [["Tool"], ["Owner"], ["Node"], ["State"], ["Message"], ["Age", "n"], ["Deleted in", "n"], [""]];

export class Tasks {
  #found = h("p", {class: "muted", role: "status"});
  #rows = h("tbody");
  #table = h("table", {class: "connections"},
    h("thead", null, h("tr", null, COLUMNS.map(([label, kind]) => label
      ? h("th", {class: kind, scope: "col"}, label) : h("td", null)))),
    this.#rows);
  #empty = h("div", {class: "empty"},
    h("p", null, "No task runs on this node."),
    h("p", {class: "muted"}, "A tool call becomes a task if it takes long, or if its client or the tool wants it. Finished tasks are not shown."));

  constructor() {
    this.element = h("div", null,
      h("h1", {class: "hidden"}, "Tasks"),
      h("div", {class: "tools"}, this.#found),
      h("div", {class: "card flush"}, this.#table, this.#empty));
  }

  update() {}

  async refresh() {
    const {tasks, total} = await get("tasks");
    text(this.#found, tasks.length === total ? `${count(total)} running` : `the oldest ${count(tasks.length)} of ${count(total)} running`);
    this.#table.hidden = !tasks.length;
    this.#empty.hidden = tasks.length > 0;
    keyed(this.#rows, tasks, (task) => task.id, (task) => this.#row(task), update);
  }

  #row(task) {
    return h("tr", null,
      COLUMNS.map(([label, kind], i) => i < COLUMNS.length - 1
        ? h("td", {class: kind, "data-label": label})
        : h("td", {class: "actions"},
          h("button", {type: "button", class: "quiet danger", "aria-label": `Cancel ${task.tool} of ${task.principal}`, onclick: () => this.#cancel(task)}, "Cancel"))));
  }

  async #cancel({id, tool, principal}) {
    const consequence = `Its handler is interrupted, and ${principal} sees the task as cancelled.`;
    if (!await confirmed(`Cancel ${tool} of ${principal}?`, consequence, "Cancel the task")) return;
    try {
      await call("DELETE", `tasks/${encodeURIComponent(id)}`);
    } catch (error) {
      if (error.status !== 404) text(this.#found, error.message);
    }
    this.refresh().catch(() => {});
  }
}

const shortened = (words) => words.length > MAX_MESSAGE ? `${words.slice(0, MAX_MESSAGE)}…` : words;

function update(row, task) {
  const [tool, owner, node, state, message, age, left] = row.cells;
  text(tool, task.tool);
  text(owner, task.principal);
  owner.classList.toggle("muted", task.principal === "anonymous");
  text(state, task.state.replace("_", " "));
  text(message, shortened(task.message ?? ""));
  message.title = task.message ?? "";
  text(age, since(task.createdAt));
  text(left, duration((Date.parse(task.expiresAt) - Date.now()) / 1000));
  text(node, task.node);
}
