// One tool call: its progress and its result.
import {h, text} from "./dom.js";
import {form, FormError} from "./form.js";
import {millis} from "./format.js";

const MAX_SHOWN = 100_000;

export class Call {
  #started = performance.now();
  #actions;
  #state = h("span", {class: "pill running"}, "running");
  #time = h("span", {class: "muted"});
  #cancel;
  #bar = h("progress", {hidden: true});
  #step = h("p", {class: "step muted"});
  #body = h("div", {class: "body"});

  /** @param actions cancel(), and answer(inputResponses, requestState) for a tool that asks back */
  constructor(name, id, actions) {
    this.#actions = actions;
    this.#cancel = h("button", {type: "button", class: "quiet", onclick: actions.cancel}, "Cancel");
    this.#bar.setAttribute("aria-label", `Progress of ${name}`);
    this.element = h("article", {class: "card call"},
      h("div", {class: "head"}, h("h3", null, name), h("span", {class: "muted"}, `id ${id}`), this.#state, this.#time, this.#cancel),
      this.#bar, this.#step, this.#body);
  }

  progress({progress, total, message}) {
    this.#bar.hidden = false;
    if (total > 0) {
      this.#bar.max = total;
      this.#bar.value = progress;
    }
    text(this.#step, [total > 0 ? `${progress} of ${total}` : progress, message].filter((part) => part != null).join(" · "));
  }

  result(result) {
    if (result.resultType === "input_required") return this.#asks(result);
    this.#end(result.isError ? "error" : "done", result.isError ? "tool error" : "done");
    this.#body.append(...(result.content ?? []).map(content));
    if (result.structuredContent !== undefined) {
      this.#body.append(h("details", {open: !result.content?.length}, h("summary", null, "Structured content"), pre(JSON.stringify(result.structuredContent, null, 2))));
    }
    if (!this.#body.children.length) this.#body.append(h("p", {class: "muted"}, "The result is empty."));
  }

  failed(error) {
    this.#end("error", error.message === "Cancelled." ? "cancelled" : "failed");
    if (error.message !== "Cancelled.") this.#body.append(h("p", {class: "trouble"}, error.message));
    if (error.data !== undefined) this.#body.append(pre(JSON.stringify(error.data, null, 2)));
  }

  #end(kind, words) {
    text(this.#state, words);
    this.#state.className = `pill ${kind}`;
    text(this.#time, millis(performance.now() - this.#started));
    this.#cancel.remove();
    this.#bar.hidden = true;
  }

  /** Shows the forms of an input-required result. The answers are sent with a new request of the same call. */
  #asks({inputRequests = {}, requestState}) {
    this.#end("waiting", "asks");
    const asked = Object.entries(inputRequests);
    const unknown = asked.find(([, request]) => request.method !== "elicitation/create" || (request.params.mode ?? "form") !== "form");
    if (unknown) {
      this.#body.append(h("p", {class: "trouble"}, `The tool requests ${unknown[1].method}, which the console does not support.`));
      return;
    }
    const forms = asked.map(([key, request]) => [key, request, form(request.params.requestedSchema)]);
    const trouble = h("p", {class: "trouble", role: "alert"});
    const reply = (action) => {
      try {
        const responses = Object.fromEntries(forms.map(([key, , fields]) => [key, action === "accept" ? {action, content: fields.value()} : {action}]));
        asking.remove();
        this.#actions.answer(responses, requestState);
      } catch (error) {
        if (!(error instanceof FormError)) throw error;
        text(trouble, error.message);
      }
    };
    const asking = h("form", {onsubmit: (event) => {
      event.preventDefault();
      reply("accept");
    }},
      forms.map(([, request, fields]) => [h("p", null, request.params.message), fields.element]).flat(), trouble,
      h("div", {class: "actions"}, h("button", {class: "primary"}, "Answer"), h("button", {type: "button", onclick: () => reply("decline")}, "Decline")));
    this.#body.append(asking);
  }
}

function content(item) {
  switch (item.type) {
    case "text": return pre(item.text);
    case "image": return h("img", {src: `data:${item.mimeType};base64,${item.data}`, alt: "Image in the result"});
    case "resource": return h("div", null, h("p", {class: "muted"}, item.resource.uri), pre(item.resource.text ?? `${item.resource.blob?.length ?? 0} characters of base64`));
    case "resource_link": return h("p", null, item.name ?? "", " ", h("code", null, item.uri));
    default: return pre(JSON.stringify(item, null, 2));
  }
}

function pre(value) {
  const cut = value.length > MAX_SHOWN;
  return h("pre", {tabindex: 0}, cut ? `${value.slice(0, MAX_SHOWN)}\n… ${value.length - MAX_SHOWN} characters more` : value);
}
