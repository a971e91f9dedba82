/** The page on which a user consents to calls on the user's behalf, and ends such consents. */

const main = document.getElementById("main");
const link = new URLSearchParams(location.search).get("link");

/** The user's token. Kept in memory only. A proxy in front may add one to the requests instead. */
let token = null;

function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key === "onclick" || key === "onsubmit") element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

const show = (...children) => main.replaceChildren(...children);

const call = (method, path) =>
  fetch(`api/${path}`, {method, headers: token ? {Authorization: `Bearer ${token}`} : {}, cache: "no-store"});

function signIn(trouble) {
  const input = h("input", {id: "token", type: "password", autocomplete: "off", required: ""});
  show(
    h("h1", null, "Who are you?"),
    h("p", null, "Enter the token with which your MCP client connects to this server. It is kept in this page only."),
    h("form", {onsubmit: (event) => { event.preventDefault(); token = input.value.trim(); start(); }},
      h("label", {for: "token"}, "Token"), input,
      h("button", {id: "sign-in", type: "submit"}, "Continue")),
    h("p", {class: "trouble", id: "trouble", role: "alert"}, trouble));
  input.focus();
}

function failed(text) {
  show(h("h1", null, "This is not possible"), h("p", {class: "trouble", id: "trouble", role: "alert"}, text));
}

async function start() {
  try {
    const response = link
      ? await call("POST", `links/${encodeURIComponent(link)}`)
      : await call("GET", "consents");
    if (response.status === 401) {
      signIn(token ? "This token is not valid." : "");
      return;
    }
    const body = await response.json();
    if (!response.ok) failed(body.error);
    else if (link) ask(body);
    else list(body);
  } catch {
    failed("The server does not answer.");
  }
}

function ask({principal, upstream, issuer, url}) {
  show(
    h("h1", null, "Your consent"),
    h("p", null, "An MCP client of ", h("strong", {id: "principal"}, principal), " calls ", h("strong", {id: "upstream"}, upstream),
      ". This server needs your consent to call it on your behalf. You give it at ", h("strong", null, new URL(url).origin),
      ", the page of the authorization server ", h("strong", {id: "issuer"}, issuer), "."),
    h("a", {class: "button", id: "continue", href: url, rel: "noreferrer"}, "Continue"),
    h("p", null, "If you did not start this, close the window."));
}

function list({principal, consents}) {
  const rows = consents.map((each) =>
    h("tr", {"data-upstream": each.upstream},
      h("td", null, each.upstream),
      h("td", null, new Date(each.since).toLocaleString()),
      h("td", null, each.scopes.join(" ")),
      h("td", null, h("button", {type: "button", onclick: () => revoke(each.upstream)}, "Revoke"))));
  show(
    h("h1", null, `Consents of ${principal}`),
    consents.length === 0
      ? h("p", {id: "none"}, "You have not consented to calls on your behalf.")
      : h("table", null,
          h("thead", null, h("tr", null, ...["Server", "Since", "Scopes", ""].map((each) => h("th", null, each)))),
          h("tbody", null, ...rows)));
}

async function revoke(upstream) {
  try {
    const response = await call("DELETE", `consents/${encodeURIComponent(upstream)}`);
    if (response.ok || response.status === 401 || response.status === 404) start();
    else failed((await response.json()).error);
  } catch {
    failed("The server does not answer.");
  }
}

start();
