package io.springline.relay;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.relay.client.UpstreamTransport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Keeps what an upstream sent. */
public final class RecordingReceiver implements UpstreamTransport.Receiver {

    public final List<JsonRpcMessage> messages = new CopyOnWriteArrayList<>();
    public final List<String> ends = new CopyOnWriteArrayList<>();

    @Override
    public void received(JsonRpcMessage message, @Nullable RequestId during) {
        messages.add(message);
    }

    @Override
    public void refused(RequestId request, String reason) {
        failed(request, reason);
    }

    @Override
    public void failed(RequestId request, String reason) {
        throw new AssertionError("a pipe fails as a whole");
    }

    @Override
    public void closed(String reason) {
        ends.add(reason);
    }

    /** Waits for the answer to a request. */
    public Response answer(long id) {
        return Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .until(() -> find(id), found -> found != null);
    }

    private @Nullable Response find(long id) {
        for (JsonRpcMessage message : messages) {
            if (message instanceof ResultResponse answer
                    && answer.id().equals(new RequestId.Number(id))) {
                return answer;
            }
        }
        return null;
    }

    /** The text of the answer to a call of a tool. */
    public String text(long id) {
        return ((ResultResponse) answer(id))
                .result()
                .path("content")
                .path(0)
                .path("text")
                .asString();
    }

    /** Waits for the end, and tells its reason. */
    public String end(Duration limit) {
        return Awaitility.await()
                .atMost(limit)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> ends, all -> !all.isEmpty())
                .getFirst();
    }
}
