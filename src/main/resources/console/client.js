// An MCP client in the browser with resumable sessions: see docs/binding.md, Resume.

import {APP_TYPE, APPS} from "./app.js";

const MODERN = "2026-07-28";
const INFO = {name: "springline-console", version: "1"};
const EXTENSIONS = {[APPS]: {mimeTypes: [APP_TYPE]}};
const ACK_MILLIS = 200;
const MAX_PAGES = 50;

/** The close codes after which the client does not reconnect. */
const FINAL = {1000: "ended", 1002: "protocol error", 1003: "unsupported data", 1007: "invalid UTF-8", 1008: "disconnected by the server",
  1009: "message too big", 4401: "credential expired", 4403: "not allowed", 4409: "taken over by another connection"};

/** A close code after which the server keeps the session, as after a broken connection. */
const CUT = 4000;

export class McpError extends Error {
  constructor({code, message, data}) {
    super(`${code} ${message}`);
    this.data = data;
  }
}

/**
 * States: closed, connecting, open, cut, waiting (for the next attempt to resume).
 *
 * @param connect returns a promise of a new WebSocket
 * @param options.version the protocol revision
 * @param options.resumable whether to open a resumable session
 * @param events.state(state, words), events.frame(direction, text), events.progress(id, params)
 */
export class McpClient {
  #connect;
  #options;
  #events;
  #socket = null;
  #attempt = 0;
  #timer = null;
  #ackTimer = null;
  #nextId = 1;
  #pending = new Map();
  #grant = null;
  #received = 0;
  #resendAt = null;
  #opening = null;
  state = "closed";

  constructor(connect, options, events) {
    this.#connect = connect;
    this.#options = options;
    this.#events = events;
  }

  get resumable() {
    return this.#grant != null;
  }

  /** Connects, and returns the server's {info, capabilities, instructions}. */
  async open() {
    await this.#dial();
    if (this.#options.resumable) await this.#openSession();
    const server = await this.#greet();
    this.#become("open", "");
    return server;
  }

  async #openSession() {
    this.#grant = await this.#first("springline/open", {});
    this.#received = 0;
  }

  async #greet() {
    if (this.#options.version === MODERN) {
      const {capabilities, instructions, _meta} = await this.request("server/discover", {}).answer;
      return {capabilities, instructions, info: _meta?.["io.modelcontextprotocol/serverInfo"]};
    }
    const hello = await this.request("initialize", {protocolVersion: this.#options.version, capabilities: {extensions: EXTENSIONS}, clientInfo: INFO}).answer;
    this.notify("notifications/initialized");
    return {capabilities: hello.capabilities, instructions: hello.instructions, info: hello.serverInfo};
  }

  /** Returns all pages of a list. */
  async list(method, member) {
    const all = [];
    let cursor;
    for (let page = 0; page < MAX_PAGES; page++) {
      const result = await this.request(method, cursor ? {cursor} : {}).answer;
      all.push(...result[member]);
      cursor = result.nextCursor;
      if (!cursor) break;
    }
    return all;
  }

  /** Returns {id, answer}. The promise is rejected with an McpError, or if the outcome is unknown. */
  request(method, params, progress = false) {
    const id = this.#nextId++;
    const answer = new Promise((resolve, reject) => {
      const message = {jsonrpc: "2.0", id, method, params: this.#withMeta(params, progress ? id : null)};
      this.#pending.set(id, {resolve, reject, message});
      this.#send(message);
    });
    return {id, answer};
  }

  notify(method, params = {}) {
    this.#send({jsonrpc: "2.0", method, params: this.#withMeta(params, null)});
  }

  cancel(id) {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.notify("notifications/cancelled", {requestId: id, reason: "by the user"});
    this.#pending.delete(id);
    pending.reject(new Error("Cancelled."));
  }

  /** Breaks the connection like a network failure: the server keeps the session. */
  cut() {
    this.#become("cut", this.#grant ? "Running calls continue, and the server keeps their results." : "");
    this.#socket?.close(CUT, "cut");
  }

  close() {
    clearTimeout(this.#timer);
    this.#end("closed");
    this.#socket?.close(1000);
  }

  async resume() {
    clearTimeout(this.#timer);
    this.#become("connecting", "");
    try {
      await this.#dial();
    } catch (error) {
      return this.#comeBackLater(error.message);
    }
    const {token, epoch} = this.#grant;
    try {
      this.#grant = await this.#first("springline/resume", {token, epoch, received: this.#received});
    } catch (error) {
      if (!(error instanceof McpError)) return this.#comeBackLater(error.message);
      return this.#startOver(error.data?.reason ?? error.message);
    }
    this.#attempt = 0;
    this.#resendAt = this.#grant.sent;
    const replayed = this.#grant.sent - this.#received;
    this.#become("open", replayed ? `Resumed; ${replayed} message${replayed === 1 ? " was" : "s were"} replayed.` : "Resumed; no message was missed.");
    this.#resend();
  }

  async #startOver(reason) {
    this.#grant = null;
    this.#fail("Outcome unknown: the session could not be resumed.");
    try {
      await this.#openSession();
      await this.#greet();
      this.#become("open", `The session was lost (${reason}). This is a new session.`);
    } catch (error) {
      this.#end(error.message);
      this.#socket?.close(1000);
    }
  }

  #comeBackLater(words) {
    if (!this.#grant) return;
    const seconds = Math.min(30, 2 ** this.#attempt++);
    this.#become("waiting", `${words} Next attempt in ${seconds} s.`);
    this.#timer = setTimeout(() => this.resume(), seconds * 1000);
  }

  async #dial() {
    this.#become("connecting", "");
    const socket = await this.#connect();
    this.#socket = socket;
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onclose = () => reject(new Error("The connection was refused."));
    });
    socket.onmessage = ({data}) => this.#take(socket, data);
    socket.onclose = ({code}) => this.#gone(socket, code);
  }

  /** Sends the request that opens or resumes the session. Its response is not counted. */
  #first(method, params) {
    return new Promise((resolve, reject) => {
      this.#opening = {id: method, resolve, reject};
      this.#send({jsonrpc: "2.0", id: method, method, params});
    });
  }

  #gone(socket, code) {
    if (socket !== this.#socket || this.state === "closed") return;
    clearTimeout(this.#ackTimer);
    this.#ackTimer = null;
    this.#opening?.reject(new Error("The connection was lost."));
    this.#opening = null;
    if (this.state === "cut" && this.#grant) return;
    if (!this.#grant || FINAL[code]) this.#end(FINAL[code] ? `${FINAL[code]} (${code})` : `connection lost (${code})`);
    else if (this.state === "open") this.#comeBackLater(`Connection lost (${code}).`);
  }

  #end(words) {
    this.#grant = null;
    this.#attempt = 0;
    this.#become("closed", words);
    this.#fail("The connection ended before the response arrived.");
  }

  #fail(words) {
    for (const {reject} of this.#pending.values()) reject(new Error(words));
    this.#pending.clear();
  }

  #become(state, words) {
    this.state = state;
    this.#events.state(state, words);
  }

  #withMeta(params, progressToken) {
    const meta = {...params._meta};
    if (progressToken != null) meta.progressToken = progressToken;
    if (this.#options.version === MODERN) {
      meta["io.modelcontextprotocol/protocolVersion"] = MODERN;
      meta["io.modelcontextprotocol/clientInfo"] = INFO;
      meta["io.modelcontextprotocol/clientCapabilities"] = {elicitation: {form: {}}, extensions: EXTENSIONS};
    }
    return Object.keys(meta).length ? {...params, _meta: meta} : params;
  }

  #send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const data = JSON.stringify(message);
    this.#socket.send(data);
    this.#events.frame("sent", data);
  }

  #take(socket, data) {
    if (socket !== this.#socket) return;
    this.#events.frame("received", data);
    const message = JSON.parse(data);
    for (const each of Array.isArray(message) ? message : [message]) {
      if (this.#opening && each.id === this.#opening.id) {
        const {resolve, reject} = this.#opening;
        this.#opening = null;
        if (each.error) reject(new McpError(each.error));
        else resolve(each.result);
        return;
      }
      this.#handle(each);
    }
    if (this.#grant) {
      this.#received++;
      this.#ackTimer ??= setTimeout(() => this.#acknowledge(), ACK_MILLIS);
      this.#resend();
    }
  }

  #handle(message) {
    if (message.method) {
      if (message.id == null) {
        if (message.method === "notifications/progress") this.#events.progress(message.params.progressToken, message.params);
      } else if (message.method === "ping") this.#send({jsonrpc: "2.0", id: message.id, result: {}});
      else this.#send({jsonrpc: "2.0", id: message.id, error: {code: -32601, message: "The console does not support this method"}});
      return;
    }
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    this.#pending.delete(message.id);
    if (message.error) pending.reject(new McpError(message.error));
    else pending.resolve(message.result);
  }

  #acknowledge() {
    this.#ackTimer = null;
    if (this.#grant) this.#send({jsonrpc: "2.0", method: "springline/ack", params: {received: this.#received}});
  }

  /**
   * After all replayed messages have arrived, sends each pending request again with the same id. The
   * server runs an id only once.
   */
  #resend() {
    if (this.#resendAt == null || this.#received < this.#resendAt) return;
    this.#resendAt = null;
    for (const {message} of this.#pending.values()) this.#send(message);
  }
}
