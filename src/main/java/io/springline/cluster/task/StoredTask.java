package io.springline.cluster.task;

import io.springline.feature.task.Task;
import io.springline.feature.task.Task.Inputs;
import io.springline.feature.task.TaskStatus;
import io.springline.feature.task.TaskTool;
import io.springline.jsonrpc.JsonRpcError;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Converts a task to the JSON in Redis and back. Numbers keep all digits. */
final class StoredTask {

    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .build();

    private StoredTask() {}

    static byte[] write(Task task) {
        ObjectNode json = JSON.createObjectNode();
        json.put("id", task.id());
        json.put("principal", task.principal());
        json.put("tool", task.tool().name());
        if (task.tool().endpoint() != null) {
            json.put("endpoint", task.tool().endpoint());
        }
        task.tool().names().stream().skip(1).forEach(json.putArray("aliases")::add);
        json.put("node", task.node());
        json.put("created", task.createdAt().toEpochMilli());
        json.put("ttl", task.ttl().toMillis());
        json.put("updated", task.updatedAt().toEpochMilli());
        json.put("status", task.status().name());
        json.put("version", task.version());
        if (task.message() != null) {
            json.put("message", task.message());
        }
        json.set("open", task.inputs().open());
        json.set("given", task.inputs().given());
        json.put("asked", task.inputs().asked());
        if (task.result() != null) {
            json.set("result", task.result());
        }
        JsonRpcError error = task.error();
        if (error != null) {
            ObjectNode stored = json.putObject("error");
            stored.put("code", error.code()).put("message", error.message());
            if (error.data() != null) {
                stored.set("data", error.data());
            }
        }
        return JSON.writeValueAsBytes(json);
    }

    static Task read(byte[] bytes) {
        JsonNode json = JSON.readTree(bytes);
        JsonNode error = json.path("error");
        return new Task(
                json.path("id").stringValue(),
                json.path("principal").stringValue(),
                tool(json),
                json.path("node").asString(""),
                Instant.ofEpochMilli(json.path("created").asLong()),
                Duration.ofMillis(json.path("ttl").asLong()),
                Instant.ofEpochMilli(json.path("updated").asLong()),
                TaskStatus.valueOf(json.path("status").asString("")),
                json.path("message").asString(null),
                new Inputs(
                        object(json.path("open")),
                        object(json.path("given")),
                        json.path("asked").asInt()),
                json.path("result") instanceof ObjectNode result ? result : null,
                error.isObject() ? error(error) : null,
                json.path("version").asLong());
    }

    private static TaskTool tool(JsonNode json) {
        var names = new ArrayList<>(List.of(json.path("tool").asString("")));
        json.path("aliases").forEach(alias -> names.add(alias.asString("")));
        return new TaskTool(json.path("endpoint").asString(null), names);
    }

    private static ObjectNode object(JsonNode json) {
        return json instanceof ObjectNode object ? object : JSON.createObjectNode();
    }

    private static @Nullable JsonRpcError error(JsonNode json) {
        return new JsonRpcError(
                json.path("code").asInt(), json.path("message").asString(""), json.get("data"));
    }
}
