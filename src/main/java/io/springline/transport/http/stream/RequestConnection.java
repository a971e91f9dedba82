package io.springline.transport.http.stream;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.CloseReason;
import io.springline.session.Connection;
import io.springline.session.Outbound;
import io.springline.session.Transport;
import java.util.UUID;

/** The connection of one modern HTTP request. All messages are sent in the response to its POST. */
public final class RequestConnection implements Connection {

    private final String id = UUID.randomUUID().toString();
    private final ResponseStream stream;
    private final String address;

    /**
     * @param address of the client, for operators
     */
    public RequestConnection(ResponseStream stream, String address) {
        this.stream = stream;
        this.address = address;
    }

    @Override
    public String requestAddress() {
        return address;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Transport transport() {
        return Transport.HTTP;
    }

    /** Returns false: revision 2026-07-28 has no requests from servers. */
    @Override
    public boolean carriesRequests(RequestId asking) {
        return false;
    }

    @Override
    public void enqueue(Outbound message) {
        stream.enqueue(message, 0);
    }

    @Override
    public void flush() {
        // the thread of the request writes, see ResponseStream#serve
    }

    @Override
    public void awaitRoom() throws InterruptedException {
        stream.awaitRoom();
    }

    @Override
    public boolean isWritable() {
        return stream.hasRoom();
    }

    @Override
    public long queuedBytes() {
        return stream.queuedBytes();
    }

    @Override
    public void close(CloseReason reason) {
        stream.close();
    }
}
