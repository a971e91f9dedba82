// The conversation over Node's ws. Usage: node node.mjs ws://HOST:PORT/mcp
import WebSocket from "ws";
import { converse } from "./conversation.mjs";

globalThis.WebSocket = WebSocket;
console.log(await converse(process.argv[2]));
