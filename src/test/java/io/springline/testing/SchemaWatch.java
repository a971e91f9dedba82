package io.springline.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Holds what the server sends on one connection against the official schema of the revision that it
 * belongs to, where the run has the schemas ({@code ./mvnw -Pinterop verify}); does nothing
 * otherwise. A request is modern if it says so, and the answer to it likewise; all else is of the
 * revision that {@code initialize} has agreed on. What only this project knows, and what a resumed
 * session answers, is looked at no further than its envelope.
 */
public final class SchemaWatch {

    private static final String MODERN = "2026-07-28";
    private static final String LATEST = "2025-11-25";
    private static final Map<String, AtomicLong> CHECKED = new ConcurrentSkipListMap<>();

    private record Asked(String method, boolean modern) {}

    /** What was asked under an id: a client that is wrong may use one twice. */
    private final Map<JsonNode, Set<Asked>> asked = new ConcurrentHashMap<>();

    private final boolean active = WireSchema.areGiven();
    private volatile @Nullable String legacy;
    private volatile boolean modern;

    /** What comes may have been asked on a connection before this one. */
    private volatile boolean resumed;

    static {
        if (WireSchema.areGiven()) {
            Runtime.getRuntime().addShutdownHook(new Thread(SchemaWatch::report));
        }
    }

    /** Leaves in {@code target} how many messages were checked in this JVM, by revision. */
    private static void report() {
        try {
            Path file =
                    Path.of("target", "schemas-%d.txt".formatted(ProcessHandle.current().pid()));
            Files.writeString(file, CHECKED + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The client is about to send this. */
    public void sent(String text) {
        if (active) {
            elements(text).forEach(this::sent);
        }
    }

    private void sent(JsonNode message) {
        if (!message.path("method").isString() || !message.has("id")) {
            return;
        }
        resumed |= message.get("method").stringValue().equals("springline/resume");
        boolean claims = message.at("/params/_meta").has("io.modelcontextprotocol/protocolVersion");
        modern |= claims;
        asked.computeIfAbsent(message.get("id"), _ -> ConcurrentHashMap.newKeySet())
                .add(new Asked(message.get("method").stringValue(), claims));
    }

    /**
     * The server has sent this.
     *
     * @throws AssertionError when it is not what the schema says
     */
    public void received(String text) {
        if (active) {
            elements(text).forEach(this::received);
        }
    }

    private void received(JsonNode message) {
        String fault = message.has("method") ? faultOfCall(message) : faultOfResponse(message);
        if (fault != null) {
            throw new AssertionError("not what the schema says: %s%n%s".formatted(fault, message));
        }
    }

    /** Right if it answers one of the requests that had its id. */
    private @Nullable String faultOfResponse(JsonNode message) {
        Set<Asked> requests =
                message.has("id") ? asked.getOrDefault(message.get("id"), Set.of()) : Set.of();
        if (requests.isEmpty() || resumed) {
            return faultOfResponse(null, legacyOrLatest(), message);
        }
        String fault = null;
        for (Asked request : requests) {
            if (request.method().equals("initialize") && message.has("result")) {
                legacy = message.at("/result/protocolVersion").asString(LATEST);
            }
            boolean known = !isOurOwn(request.method()) && !isOfTasks(request, message);
            String method = known ? request.method() : null;
            fault = faultOfResponse(method, request.modern() ? MODERN : legacyOrLatest(), message);
            if (fault == null) {
                return null;
            }
        }
        return fault;
    }

    private static @Nullable String faultOfResponse(
            @Nullable String method, String revision, JsonNode message) {
        String fault = WireSchema.of(revision).faultOfResponse(method, message);
        if (fault == null) {
            count(revision);
        }
        return fault;
    }

    /** A notification does not say of which era it is where both are in use. */
    private @Nullable String faultOfCall(JsonNode message) {
        if (isOurOwn(message.path("method").asString(""))) {
            return null;
        }
        String fault = null;
        for (String revision : revisions()) {
            fault = WireSchema.of(revision).faultOfCall(message);
            if (fault == null) {
                count(revision);
                return null;
            }
        }
        return fault;
    }

    private Set<String> revisions() {
        var revisions = new LinkedHashSet<String>();
        if (legacy != null || !modern || resumed) {
            revisions.add(legacyOrLatest());
        }
        if (modern || resumed) {
            revisions.add(MODERN);
        }
        return revisions;
    }

    private String legacyOrLatest() {
        String negotiated = legacy;
        return negotiated == null ? LATEST : negotiated;
    }

    /** The extension of 2026-07-28 is not in its schema. */
    private static boolean isOfTasks(Asked request, JsonNode message) {
        return request.modern()
                && (request.method().startsWith("tasks/")
                        || message.at("/result/resultType").asString("").equals("task"));
    }

    private static boolean isOurOwn(String method) {
        return method.equals("notifications/tasks")
                || method.startsWith("springline/")
                || method.equals("authenticate");
    }

    private static void count(String revision) {
        CHECKED.computeIfAbsent(revision, _ -> new AtomicLong()).incrementAndGet();
    }

    private static List<JsonNode> elements(String text) {
        try {
            JsonNode message = McpPeer.JSON.readTree(text);
            return message.isArray() ? message.valueStream().toList() : List.of(message);
        } catch (JacksonException e) {
            return List.of();
        }
    }
}
