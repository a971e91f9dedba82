// What callers with given roles see at each endpoint and why not the rest, and the configuration of all replicas.
import {get} from "./api.js";
import {h, keyed, text, unique} from "./dom.js";
import {count, since} from "./format.js";

/** Computing what callers see costs more than the other views, so it is not done every two seconds. */
const EVERY_MILLIS = 10_000;
const COLUMNS = [["Endpoint"], ["Roles"], ["Sources"], ["Tools", "n"], ["Prompts", "n"], ["Resources", "n"], ["Hidden", "n"], ["Forbidden", "n"], [""]];
const FEATURES = [["Name here"], ["Kind"], ["At its source"], ["State"], ["Rule"]];
const STATES = {"": "all states", shown: "shown", hidden: "hidden", forbidden: "forbidden"};
const PILLS = {SHOWN: "up", HIDDEN: "waiting", FORBIDDEN: "down"};

export class Endpoints {
  #known = h("datalist", {id: unique("roles")});
  #roles = h("input", {type: "text", id: unique("as"), list: this.#known.id, placeholder: "no role", maxlength: 2000, oninput: () => this.#again()});
  #found = h("p", {class: "muted", role: "status"});
  #rows = h("tbody");
  #table = table(COLUMNS, this.#rows, "connections endpoints");

  #name = null;
  #title = h("h2");
  #note = h("p", {class: "muted"});
  #warnings = h("pre", {tabindex: 0, hidden: true});
  #filter = h("input", {type: "search", id: unique("filter"), placeholder: "name, source, rule …", maxlength: 100, oninput: () => this.#again()});
  #state = h("select", {id: unique("state"), onchange: () => this.#again()},
    Object.entries(STATES).map(([value, label]) => h("option", {value}, label)));
  #matching = h("p", {class: "muted", role: "status"});
  #features = h("tbody");
  #list = table(FEATURES, this.#features, "connections features");
  #previous = h("button", {type: "button", onclick: () => this.#turn(-1)}, "Previous");
  #next = h("button", {type: "button", onclick: () => this.#turn(1)}, "Next");
  #pageOf = h("span", {class: "muted"});
  #pager = h("div", {class: "pager"}, this.#previous, this.#pageOf, this.#next);
  #page = 0;
  #detail = h("section", {class: "detail", hidden: true},
    h("div", {class: "head"}, this.#title, this.#note),
    this.#warnings,
    h("div", {class: "tools"},
      h("label", {for: this.#filter.id, class: "hidden"}, "Find features"), this.#filter,
      h("label", {for: this.#state.id, class: "hidden"}, "State"), this.#state,
      this.#matching),
    h("div", {class: "card flush"}, this.#list),
    this.#pager);

  #configuration = new Configuration();
  #at = 0;
  #asked = 0;
  #timer = null;

  constructor() {
    this.element = h("div", null,
      h("h1", {class: "hidden"}, "Endpoints"),
      h("div", {class: "tools"},
        h("label", {for: this.#roles.id}, "As a caller with the roles"), this.#roles, this.#known, this.#found),
      h("div", {class: "card flush"}, this.#table),
      this.#configuration.element,
      this.#detail);
  }

  update() {}

  async refresh() {
    if (Date.now() - this.#at < EVERY_MILLIS) return;
    this.#at = Date.now();
    await Promise.all([this.#load(), this.#configuration.refresh()]);
  }

  /** Reloads when the user has stopped typing. */
  #again() {
    this.#page = 0;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#load().catch((error) => text(this.#found, error.message)), 250);
  }

  #turn(by) {
    this.#page += by;
    this.#load().catch((error) => text(this.#found, error.message));
  }

  #open(name) {
    this.#name = name;
    this.#page = 0;
    this.#load().then(() => this.#title.scrollIntoView({block: "nearest"}), (error) => text(this.#found, error.message));
  }

  async #load() {
    const asked = ++this.#asked;
    const roles = this.#roles.value;
    const seen = await get(`endpoints?${new URLSearchParams({roles})}`);
    const name = this.#name ?? seen.endpoints.find((each) => each.curated && sourcesOf(each) !== "none")?.name ?? "";
    const query = new URLSearchParams({endpoint: name, roles, filter: this.#filter.value, state: this.#state.value, page: this.#page});
    const features = await get(`endpoints/features?${query}`);
    if (asked !== this.#asked) return;
    this.#name = name;
    text(this.#found, seen.total === seen.endpoints.length ? `${count(seen.total)} endpoints` : `the first ${count(seen.endpoints.length)} of ${count(seen.total)} endpoints`);
    keyed(this.#known, seen.knownRoles, (role) => role, (role) => h("option", {value: role}), () => {});
    keyed(this.#rows, seen.endpoints, (each) => each.name, (each) => this.#row(each), (row, each) => update(row, each, each.name === name));
    this.#show(seen.endpoints.find((each) => each.name === name), features);
  }

  #row({name, path}) {
    return h("tr", null, COLUMNS.map(([label, kind], i) => i < COLUMNS.length - 1
      ? h("td", {class: kind, "data-label": label})
      : h("td", {class: "actions"}, h("button", {type: "button", class: "quiet", "aria-label": `Features of ${path}`, onclick: () => this.#open(name)}, "Features"))));
  }

  #show(endpoint, seen) {
    this.#detail.hidden = !endpoint;
    if (!endpoint) return;
    text(this.#title, endpoint.path);
    text(this.#note, [
      endpoint.missing.length && `These roles may not use the endpoint: one of ${endpoint.missing.join(", ")} is needed.`,
      endpoint.differs && "Some callers have lists of their own at an upstream, which are not shown.",
    ].filter(Boolean).join(" "));
    this.#warnings.hidden = !endpoint.warnings.length;
    text(this.#warnings, endpoint.warnings.join("\n"));
    text(this.#matching, seen.matching === seen.total ? `${count(seen.total)} features` : `${count(seen.matching)} of ${count(seen.total)} features`);
    keyed(this.#features, seen.features, (each) => `${each.kind} ${each.source} ${each.name} ${each.shownAs}`,
      () => h("tr", null, FEATURES.map(([label]) => h("td", {"data-label": label}, label === "State" ? h("span") : null))), updateFeature);
    this.#page = seen.page;
    this.#pager.hidden = seen.pages === 1;
    text(this.#pageOf, `Page ${count(seen.page + 1)} of ${count(seen.pages)}`);
    this.#previous.disabled = seen.page === 0;
    this.#next.disabled = seen.page + 1 >= seen.pages;
  }
}

function table(columns, rows, kind) {
  return h("table", {class: kind},
    h("thead", null, h("tr", null, columns.map(([label, align]) => label
      ? h("th", {class: align, scope: "col"}, label) : h("td", null)))),
    rows);
}

/** An endpoint that the configuration no longer has gets one source without a name. */
const sourcesOf = ({upstreams}) => upstreams.length ? upstreams.join(", ") || "none" : "all";

function update(row, each, selected) {
  const [path, roles, sources, tools, prompts, resources, hidden, forbidden] = row.cells;
  text(path, each.path);
  text(roles, each.roles.join(", ") || "all");
  roles.classList.toggle("trouble", each.missing.length > 0);
  roles.title = each.missing.length ? "The caller has none of these roles" : "";
  text(sources, sourcesOf(each));
  sources.title = sources.textContent;
  text(tools, count(each.tools));
  text(prompts, count(each.prompts));
  text(resources, count(each.resources));
  text(hidden, count(each.hidden));
  text(forbidden, count(each.forbidden));
  row.classList.toggle("watched", selected);
}

function updateFeature(row, feature) {
  const [name, kind, source, state, reason] = row.cells;
  text(name, feature.shownAs ?? "–");
  name.title = feature.shownAs ?? "";
  text(kind, feature.kind.toLowerCase());
  text(source, `${feature.source}/${feature.name}`);
  source.title = source.textContent;
  text(state.firstChild, feature.state.toLowerCase());
  state.firstChild.className = `pill ${PILLS[feature.state]}`;
  text(reason, feature.reason);
}

/** The configuration version of each replica, and what the last reload has changed. */
class Configuration {
  #fault = h("p", {class: "trouble"});
  #restart = h("p", {class: "muted"});
  #replicas = h("ul", {class: "versions"});
  #last = h("p");
  #changes = h("ul", {class: "changes"});

  constructor() {
    this.element = h("section", {class: "card configuration", hidden: true},
      h("h2", null, "Configuration"), this.#fault, this.#replicas, this.#restart, this.#last, this.#changes);
  }

  async refresh() {
    const seen = await get("configuration");
    this.element.hidden = !seen.version;
    if (!seen.version) return;
    text(this.#fault, seen.fault ? `Changed files are not applied: ${seen.fault}` : "");
    keyed(this.#replicas, seen.replicas, (each) => each.node,
      () => h("li", null, h("code"), h("span"), h("span", {class: "trouble"})), updateReplica(seen.version));
    text(this.#restart, seen.needsRestart.total ? `Needs a restart: ${listed(seen.needsRestart)}` : "");
    const {change} = seen;
    text(this.#last, change ? `The last reload, ${since(change.at)} ago, changed ${change.from} to ${change.to}:` : "No reload has changed anything since the start.");
    keyed(this.#changes, change ? lines(change) : [], (line) => line, (line) => h("li", null, line), () => {});
  }
}

const updateReplica = (version) => (item, {node, version: its, fault}) => {
  const [code, name, trouble] = item.children;
  text(code, its);
  text(name, ` replica ${node}${its === version ? "" : ", another version than this one"}`);
  text(trouble, fault && its === version ? "" : fault ?? "");
};

function lines({added, changed, removed, endpoints}) {
  return [...named("added", added), ...named("changed", changed), ...named("removed", removed),
    ...endpoints.flatMap(({path, added: more, removed: less}) => [...named(`${path} now offers`, more), ...named(`${path} no longer offers`, less)])];
}

const named = (what, names) => names.total ? [`${what}: ${listed(names)}`] : [];

const listed = ({names, total}) => names.join(", ") + (total > names.length ? ` and ${count(total - names.length)} more` : "");
