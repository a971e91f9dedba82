// The page: selects the view, and loads data from the server every two seconds.
import {get, signIn} from "./api.js";
import {h, text} from "./dom.js";
import {count, duration} from "./format.js";
import {Overview} from "./overview.js";
import {Connections} from "./connections.js";
import {Upstreams} from "./upstreams.js";
import {Endpoints} from "./endpoints.js";
import {Tasks} from "./tasks.js";
import {Try} from "./try.js";

const EVERY_MILLIS = 2_000;
const POINTS = 180;

const main = document.getElementById("main");
const views = {overview: new Overview(), connections: new Connections(), upstreams: new Upstreams(), endpoints: new Endpoints(), tasks: new Tasks(), try: new Try()};
const state = {service: null, now: null, history: [], closes: [], errors: []};

let shown = null;
let timer = null;
let asking = false;

function route() {
  const name = location.hash.slice(1);
  if (name === "main") return main.focus();
  show(views[name] ? name : "overview");
}

function show(name) {
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${name}`) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({block: "nearest", inline: "nearest"});
    } else link.removeAttribute("aria-current");
  }
  shown = name;
  if (!state.service) return;
  main.replaceChildren(views[name].element);
  views[name].update(state);
  refresh();
}

/** Loads data now and then every two seconds, but not while the page is hidden. */
async function refresh() {
  clearTimeout(timer);
  if (asking || document.hidden) return;
  asking = true;
  try {
    await read();
    await views[shown].refresh?.();
    pulse("live", "live");
  } catch (error) {
    failed(error);
  } finally {
    asking = false;
  }
  if (!signedOut()) timer = setTimeout(refresh, EVERY_MILLIS);
}

async function read() {
  const last = state.history.at(-1)?.number ?? 0;
  const seen = await get(`overview?after=${last}`);
  const restarted = state.now && seen.now.uptimeSeconds < state.now.uptimeSeconds;
  state.history = restarted ? [] : [...state.history, ...seen.history].slice(-POINTS);
  const first = !state.service;
  Object.assign(state, {service: seen.service, now: seen.now, closes: seen.closes, errors: seen.errors});
  text(document.getElementById("version"), seen.service.version);
  text(document.getElementById("count-connections"), count(seen.now.connections));
  text(document.getElementById("count-upstreams"), seen.now.upstreams ? count(seen.now.upstreams) : "");
  text(document.getElementById("count-tasks"), seen.now.tasks ? count(seen.now.tasks) : "");
  document.getElementById("count-upstreams").classList.toggle("bad", seen.now.upstreamsDown > 0);
  if (first) show(shown);
  else views[shown].update(state);
}

function failed(error) {
  if (error.status === 401 || error.status === 403) {
    state.service = null;
    pulse("off", "signed out");
    askForToken(error.status);
  } else {
    pulse("off", error.status ? error.message : "no response");
  }
}

const signedOut = () => main.querySelector("#sign-in") != null;

function pulse(kind, words) {
  document.getElementById("pulse").className = `pulse ${kind}`;
  const up = kind === "live" && state.now ? `up ${duration(state.now.uptimeSeconds).replace(/ \d+ s$/, "")}` : words;
  text(document.getElementById("pulse-text"), state.now && kind === "live" && !state.now.open ? "accepts no connections" : up);
}

function askForToken(status) {
  if (signedOut()) {
    text(main.querySelector("#sign-in-trouble"), why(status));
    return;
  }
  const token = h("input", {type: "password", id: "token", autocomplete: "current-password", required: true, "aria-describedby": "sign-in-trouble"});
  main.replaceChildren(h("form", {id: "sign-in", class: "card narrow", onsubmit: (event) => {
    event.preventDefault();
    signIn(token.value.trim());
    refresh();
  }},
    h("h2", null, "Operators only"),
    h("p", {class: "muted"}, "The console needs a bearer token with the role ", h("code", null, "operator"),
      ". The token is kept in this page only; after a reload, you need to enter it again."),
    h("label", {for: "token"}, "Token"), token,
    h("p", {id: "sign-in-trouble", class: "trouble", role: "alert"}, why(status)),
    h("div", {class: "actions"}, h("button", {class: "primary"}, "Sign in"))));
  token.focus();
}

let asked = false;

function why(status) {
  const first = !asked;
  asked = true;
  if (status === 403) {
    return first
      ? `The host ${location.host} of this page is not in springline.websocket.allowed-hosts. Add it, or use another URL.`
      : "This token is valid, but does not have the role operator.";
  }
  return first ? "" : "This token is not valid.";
}

addEventListener("hashchange", route);
document.addEventListener("visibilitychange", refresh);
route();
refresh();
