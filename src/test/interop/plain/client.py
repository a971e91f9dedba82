"""MCP in both eras over the library websockets, against the profile "conformance".

Usage: python3 client.py ws://HOST:PORT/mcp; prints a line that begins with "ok" when all went well.
"""

import asyncio
import json
import sys

import websockets

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "python", "version": "1"},
}


async def ask(socket, request_id, method, params):
    """Sends a request and reads up to its answer; returns it and what came before it."""
    request = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
    await socket.send(json.dumps(request))
    before = []
    while True:
        message = json.loads(await asyncio.wait_for(socket.recv(), 20))
        if message.get("id") == request_id and "method" not in message:
            return message, before
        before.append(message)


async def legacy(uri):
    async with websockets.connect(uri, subprotocols=["mcp"]) as socket:
        assert socket.subprotocol == "mcp", socket.subprotocol
        opened, _ = await ask(
            socket,
            "init",
            "initialize",
            {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "python", "version": "1"},
            },
        )
        assert opened["result"]["protocolVersion"] == "2025-06-18", opened
        await socket.send(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}))
        listed, _ = await ask(socket, 2**53, "tools/list", {})
        assert listed["id"] == 2**53
        names = [tool["name"] for tool in listed["result"]["tools"]]
        assert "echo" in names, names
        called, logs = await ask(socket, 3, "tools/call", {"name": "test_tool_with_logging"})
        assert [log["method"] for log in logs] == ["notifications/message"] * 3, logs
        assert not called["result"].get("isError"), called
        read, _ = await ask(socket, 4, "resources/read", {"uri": "test://static-text"})
        assert read["result"]["contents"][0]["uri"] == "test://static-text", read
        await asyncio.wait_for(await socket.ping(), 10)
    assert socket.close_code == 1000, socket.close_code
    return len(names)


async def modern(uri):
    async with websockets.connect(uri, max_size=None) as socket:
        assert socket.subprotocol is None
        found, _ = await ask(socket, 1, "server/discover", {"_meta": META})
        assert "2026-07-28" in found["result"]["supportedVersions"], found
        text = "Grüße, 世界, 😀"
        params = {"name": "echo", "arguments": {"message": text}, "_meta": META}
        echoed, _ = await ask(socket, 2, "tools/call", params)
        assert echoed["result"]["content"][0]["text"] == "Echo: " + text, echoed
        params = {"name": "blob", "arguments": {"bytes": 1 << 20}, "_meta": META}
        large, _ = await ask(socket, 3, "tools/call", params)
        assert len(large["result"]["content"][0]["text"]) == 1 << 20
        params = {
            "name": "count_up",
            "arguments": {"steps": 3, "ms": 0},
            "_meta": META | {"progressToken": "t"},
        }
        _, progress = await ask(socket, 4, "tools/call", params)
        assert [each["params"]["progress"] for each in progress] == [1, 2, 3], progress
        refused, _ = await ask(socket, 5, "ping", {"_meta": META})
        assert refused["error"]["code"] == -32601, refused


async def main(uri):
    tools = await legacy(uri)
    await modern(uri)
    print(f"ok: websockets {websockets.__version__}, {tools} tools")


asyncio.run(main(sys.argv[1]))
