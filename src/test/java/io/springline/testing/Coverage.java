package io.springline.testing;

import io.springline.testing.Transcript.Section;
import io.springline.testing.TranscriptStep.Cut;
import io.springline.testing.TranscriptStep.Expect;
import io.springline.testing.TranscriptStep.HangUp;
import io.springline.testing.TranscriptStep.Send;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Which methods the transcripts show at work, and which they show refused, in which revision. What
 * a transcript says is what the server does: {@link TranscriptTest} holds it to that.
 */
final class Coverage {

    static final String MODERN = "2026-07-28";
    private static final String LATEST_LEGACY = "2025-11-25";
    private static final String BATCHES = "batches";

    /** Who sends a method, as the parts of {@code methods.txt} are called. */
    enum Kind {
        CLIENT_REQUEST("requests of the client"),
        SERVER_REQUEST("questions of the server"),
        CLIENT_NOTIFICATION("notifications of the client"),
        SERVER_NOTIFICATION("notifications of the server");

        final String title;

        Kind(String title) {
            this.title = title;
        }
    }

    record Seen(Kind kind, String method, String revision) {}

    private final Set<Seen> shown = new HashSet<>();
    private final Set<Seen> refused = new HashSet<>();

    static Coverage of(List<Transcript> transcripts) {
        var coverage = new Coverage();
        for (Transcript transcript : transcripts) {
            transcript.sections().forEach(coverage::read);
        }
        return coverage;
    }

    boolean shows(Seen seen) {
        return shown.contains(seen);
    }

    boolean showsRefused(Seen seen) {
        return refused.contains(seen);
    }

    private void read(Section section) {
        var conversations = new HashMap<Integer, Conversation>();
        for (TranscriptStep step : section.steps()) {
            switch (step) {
                case Send(_, var client, var text) -> {
                    JsonNode sent = parsed(text);
                    conversation(conversations, client).sent(sent);
                }
                case Expect(_, var client, var patterns) ->
                        patterns.forEach(
                                text -> conversation(conversations, client).expected(parsed(text)));
                case Cut(_, var client) -> conversations.remove(client);
                case HangUp(_, var client) -> conversations.remove(client);
                default -> {}
            }
        }
    }

    private Conversation conversation(Map<Integer, Conversation> conversations, int client) {
        return conversations.computeIfAbsent(client, _ -> new Conversation());
    }

    /** What is no JSON shows nothing. */
    private static JsonNode parsed(String text) {
        try {
            return JsonPattern.JSON.readTree(text);
        } catch (JacksonException e) {
            return JsonPattern.JSON.missingNode();
        }
    }

    /** One connection: what was asked on it, and by which revision. */
    private final class Conversation {

        private record Asked(String method, @Nullable String revision) {}

        private final Map<JsonNode, Asked> asked = new HashMap<>();
        private final Map<JsonNode, Asked> byToken = new HashMap<>();
        private @Nullable String legacy;
        private boolean modernLogs;

        void sent(JsonNode message) {
            if (message.isArray()) {
                message.forEach(this::sent);
                return;
            }
            String method = message.path("method").asString("");
            JsonNode meta = message.at("/params/_meta");
            boolean modern = meta.has("io.modelcontextprotocol/protocolVersion");
            if (message.has("id")) {
                var request = new Asked(method, modern ? MODERN : legacy);
                if (method.equals("initialize") && legacy == null) {
                    legacy = message.at("/params/protocolVersion").asString("");
                    request = new Asked(method, null);
                }
                asked.put(message.get("id"), request);
                byToken.put(meta.path("progressToken"), request);
                modernLogs |= meta.has("io.modelcontextprotocol/logLevel");
            } else if (!method.isEmpty()) {
                Asked cancelled = asked.get(message.at("/params/requestId"));
                note(
                        shown,
                        Kind.CLIENT_NOTIFICATION,
                        method,
                        cancelled == null ? legacy : cancelled.revision());
            }
        }

        void expected(JsonNode message) {
            if (message.isArray()) {
                note(shown, Kind.CLIENT_REQUEST, BATCHES, legacy);
                message.forEach(this::expected);
            } else if (!message.has("method")) {
                answer(message);
            } else if (message.has("id")) {
                note(shown, Kind.SERVER_REQUEST, message.get("method").asString(""), legacy);
            } else {
                notification(message.get("method").asString(""), message.path("params"));
            }
        }

        private void answer(JsonNode message) {
            Asked request = message.has("id") ? asked.get(message.get("id")) : null;
            if (request == null) {
                return;
            }
            String revision = request.revision();
            if (message.has("result")) {
                if (request.method().equals("initialize")) {
                    legacy = message.at("/result/protocolVersion").asString(agreed());
                    revision = legacy;
                }
                note(shown, Kind.CLIENT_REQUEST, request.method(), revision);
                for (JsonNode question : message.at("/result/inputRequests")) {
                    note(
                            shown,
                            Kind.SERVER_REQUEST,
                            question.path("method").asString(""),
                            revision);
                }
            } else if (message.at("/error/code").asInt(0) == -32601) {
                note(refused, Kind.CLIENT_REQUEST, request.method(), revision);
            }
        }

        private String agreed() {
            String asked = legacy;
            return asked == null || asked.compareTo(LATEST_LEGACY) > 0 ? LATEST_LEGACY : asked;
        }

        /** A log message does not say whose it is: where it may be either's, it shows nothing. */
        private void notification(String method, JsonNode params) {
            String revision = legacy;
            Asked reports = byToken.get(params.path("progressToken"));
            JsonNode subscription =
                    params.path("_meta").path("io.modelcontextprotocol/subscriptionId");
            Asked listens = asked.get(subscription);
            if (listens != null) {
                // what it asks for comes in notifications; its result is its end
                note(shown, Kind.CLIENT_REQUEST, listens.method(), MODERN);
            }
            if (!subscription.isMissingNode()) {
                revision = MODERN;
            } else if (params.has("progressToken")) {
                revision = reports == null ? null : reports.revision();
            } else if (method.equals("notifications/message") && modernLogs) {
                revision = legacy == null ? MODERN : null;
            }
            note(shown, Kind.SERVER_NOTIFICATION, method, revision);
        }

        private void note(Set<Seen> what, Kind kind, String method, @Nullable String revision) {
            if (revision != null) {
                what.add(new Seen(kind, method, revision));
            }
        }
    }
}
