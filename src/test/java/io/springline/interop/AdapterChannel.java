package io.springline.interop;

import com.sun.net.httpserver.Headers;
import io.springline.testing.SocketPeer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One WebSocket on behalf of HTTP requests, and which message belongs to which of them. */
final class AdapterChannel implements AutoCloseable {

    private record Open(@Nullable JsonNode progressToken, AdapterStream stream) {}

    private final SocketPeer socket;
    private final Map<JsonNode, Open> requests = new LinkedHashMap<>();
    private @Nullable AdapterStream listener;
    private volatile boolean closed;

    /**
     * @throws java.util.concurrent.CompletionException when the service refuses the upgrade
     */
    AdapterChannel(String service, Headers headers) {
        var passed = new LinkedHashMap<String, String>();
        for (String name : new String[] {"Host", "Origin", "Authorization"}) {
            String value = headers.getFirst(name);
            if (value != null) {
                passed.put(name, value);
            }
        }
        socket = SocketPeer.connect(service, passed, "mcp");
        Thread.ofVirtual().start(this::read);
    }

    void send(String text) {
        socket.send(text);
    }

    void request(String text, JsonNode message, AdapterStream stream) {
        synchronized (this) {
            JsonNode token = message.at("/params/_meta/progressToken");
            requests.put(
                    message.path("id"), new Open(token.isMissingNode() ? null : token, stream));
        }
        send(text);
    }

    /** Gets what belongs to no request. */
    synchronized void listen(AdapterStream stream) {
        listener = stream;
    }

    /**
     * A message that the schemas refuse ends it too: what waits gets an error, and the test log
     * says why.
     */
    private void read() {
        try {
            while (!closed && socket.closeCode() == null) {
                String text = socket.poll(200);
                if (text != null) {
                    deliver(text, HttpAdapter.JSON.readTree(text));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            breakOff();
        }
    }

    private synchronized void deliver(String text, JsonNode message) {
        if (!message.has("method")) {
            Open answered = message.has("id") ? requests.remove(message.get("id")) : soleRequest();
            if (answered != null) {
                answered.stream().answer(text);
            }
            return;
        }
        AdapterStream stream = streamOf(message);
        if (stream != null) {
            stream.event(text);
        }
    }

    /** An error that cannot say what it answers. */
    private @Nullable Open soleRequest() {
        return requests.size() == 1 ? requests.remove(requests.keySet().iterator().next()) : null;
    }

    /** Progress goes by its token, all else to the request that was made last. */
    private @Nullable AdapterStream streamOf(JsonNode message) {
        JsonNode token = message.at("/params/progressToken");
        AdapterStream last = listener;
        for (Open open : requests.values()) {
            if (token.equals(open.progressToken())) {
                return open.stream();
            }
            last = open.stream();
        }
        return last;
    }

    private synchronized void breakOff() {
        requests.values().forEach(open -> open.stream().breakOff());
        if (listener != null) {
            listener.breakOff();
        }
    }

    @Override
    public void close() {
        closed = true;
        socket.close();
    }
}
