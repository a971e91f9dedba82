package io.springline.transport.websocket;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.testing.NodeProject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.opentest4j.TestAbortedException;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The messages that encodings are compared by, the same in every run: lists of the reference
 * servers, where Node is there to run them, and results of 1 KB to 1 MB.
 */
final class Corpus {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final List<String> WORDS =
            List.of(
                    "the",
                    "server",
                    "returned",
                    "file",
                    "of",
                    "error",
                    "line",
                    "2026-07-28",
                    "and",
                    "path/to/module",
                    "warning:",
                    "value",
                    "is",
                    "not",
                    "42",
                    "function",
                    "in",
                    "request",
                    "\n",
                    "\"quoted\"",
                    "for",
                    "a",
                    "to",
                    "connection");

    private Corpus() {}

    static Map<String, JsonRpcMessage> messages() {
        var all = new LinkedHashMap<String, JsonRpcMessage>();
        reference(all, "everything", "mcp-server-everything");
        reference(all, "filesystem", "mcp-server-filesystem", "/tmp");
        for (int kilobytes : new int[] {1, 16, 128, 1024}) {
            all.put("text result, %d KB".formatted(kilobytes), text(kilobytes << 10, ""));
        }
        all.put("text result, 16 KB, not ASCII", text(16 << 10, "日本語 größer 😀"));
        for (int kilobytes : new int[] {1, 16, 128, 1024}) {
            all.put("image result, %d KB".formatted(kilobytes), image(kilobytes << 10));
        }
        all.put("structured result, 200 rows", rows());
        return all;
    }

    private static JsonRpcMessage result(ObjectNode result) {
        return new ResultResponse(new RequestId.Number(1_790_000_000_000L), result);
    }

    private static JsonRpcMessage text(int length, String word) {
        var random = new Random(length);
        var text = new StringBuilder();
        while (text.length() < length) {
            String next = WORDS.get(random.nextInt(WORDS.size()));
            text.append(word.isEmpty() || random.nextInt(3) > 0 ? next : word).append(' ');
        }
        ObjectNode result = NODES.objectNode();
        result.putArray("content").addObject().put("type", "text").put("text", text.toString());
        return result(result);
    }

    /** An image is compressed already: noise. */
    private static JsonRpcMessage image(int length) {
        byte[] noise = new byte[length];
        new Random(length).nextBytes(noise);
        ObjectNode result = NODES.objectNode();
        result.putArray("content")
                .addObject()
                .put("type", "image")
                .put("data", Base64.getEncoder().encodeToString(noise))
                .put("mimeType", "image/png");
        return result(result);
    }

    private static JsonRpcMessage rows() {
        var random = new Random(1);
        ObjectNode result = NODES.objectNode();
        var rows = result.putObject("structuredContent").putArray("rows");
        for (int i = 0; i < 200; i++) {
            rows.addObject()
                    .put("id", 1_790_000_000_000L + i)
                    .put("name", WORDS.get(random.nextInt(WORDS.size())))
                    .put("temperature", random.nextInt(400) / 10.0)
                    .put("ratio", random.nextDouble())
                    .put("valid", random.nextBoolean())
                    .putNull("comment");
        }
        return result(result);
    }

    private static void reference(
            Map<String, JsonRpcMessage> all, String name, String command, String... arguments) {
        try {
            all.put("tools/list of " + name, list(command, arguments));
        } catch (TestAbortedException e) {
            System.out.println(e.getMessage());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonRpcMessage list(String command, String... arguments) throws Exception {
        var words = new java.util.ArrayList<String>();
        words.add(NodeProject.installed("typescript-v1").binary(command).toString());
        words.addAll(List.of(arguments));
        Process server =
                new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (var in =
                new BufferedReader(
                        new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8))) {
            var out = server.getOutputStream();
            out.write(
                    """
                    {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}
                    {"jsonrpc":"2.0","method":"notifications/initialized"}
                    {"jsonrpc":"2.0","id":2,"method":"tools/list"}
                    """
                            .getBytes(StandardCharsets.UTF_8));
            out.flush();
            for (String line; (line = in.readLine()) != null; ) {
                if (JsonRpcCodec.json(1 << 20).decode(line)
                                instanceof Decoded.Message(ResultResponse(var id, var result))
                        && id.equals(new RequestId.Number(2))) {
                    return new ResultResponse(id, result);
                }
            }
            throw new IOException("no answer of " + command);
        } finally {
            server.destroyForcibly();
        }
    }
}
