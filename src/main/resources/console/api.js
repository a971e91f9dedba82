// The console's HTTP API. URLs are relative to the page, so that a path prefix of a proxy is kept.

/** The operator's token. Kept in memory only, so a reload of the page asks for it again. */
let token = null;

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const signIn = (value) => { token = value; };
export const credential = () => token;

export async function call(method, path) {
  let response;
  try {
    response = await fetch(`api/${path}`, {
      method,
      headers: token ? {Authorization: `Bearer ${token}`} : {},
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(10_000),
    });
  } catch {
    throw new ApiError(0, "The server does not respond.");
  }
  const body = response.headers.get("Content-Type")?.includes("json") ? await response.json() : null;
  if (!response.ok) throw new ApiError(response.status, body?.error ?? `The server responded with status ${response.status}.`);
  return body;
}

export const get = (path) => call("GET", path);

/** The path of the service, including a proxy's prefix. */
const prefix = location.pathname.replace(/\/console\/.*$/, "");

/**
 * A WebSocket to `endpoint`, with the credential by ticket where there are tickets, else as a
 * subprotocol; a browser can set no header.
 */
export async function socket(service, endpoint) {
  const url = new URL(prefix + endpoint, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const protocols = ["mcp"];
  if (service.credentials && token) {
    if (service.tickets) url.searchParams.set("ticket", await ticket(service.endpoints[0]));
    else protocols.push(`mcp.bearer.${base64url(token)}`);
  }
  return new WebSocket(url, protocols);
}

async function ticket(mainEndpoint) {
  const response = await fetch(`${prefix}${mainEndpoint}/ticket`, {
    method: "POST",
    headers: {Authorization: `Bearer ${token}`},
    credentials: "omit",
  });
  if (!response.ok) throw new ApiError(response.status, `No ticket: the server responded with status ${response.status}.`);
  return (await response.json()).ticket;
}

function base64url(value) {
  const binary = String.fromCharCode(...new TextEncoder().encode(value));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
