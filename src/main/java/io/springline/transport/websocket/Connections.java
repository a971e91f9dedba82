package io.springline.transport.websocket;

import io.springline.mcp.CloseReason;
import io.springline.session.McpSession;
import io.springline.transport.ConnectionDirectory;
import io.springline.transport.ConnectionView;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The open connections of this node. Their number is bounded by {@code ConnectionLimits}.
 * Thread-safe.
 */
public final class Connections implements ConnectionDirectory {

    private final Map<String, OpenConnection> open = new ConcurrentHashMap<>();

    void add(OpenConnection connection) {
        open.put(connection.id(), connection);
    }

    void remove(OpenConnection connection) {
        open.remove(connection.id());
    }

    public Collection<OpenConnection> open() {
        return Collections.unmodifiableCollection(open.values());
    }

    @Override
    public int count() {
        return open.size();
    }

    @Override
    public long queuedBytes() {
        return open.values().stream().mapToLong(each -> each.connection().queuedBytes()).sum();
    }

    @Override
    public Collection<ConnectionView> all() {
        return open.values().stream().map(OpenConnection::view).toList();
    }

    @Override
    public Optional<ConnectionView> find(String id) {
        return Optional.ofNullable(open.get(id)).map(OpenConnection::view);
    }

    @Override
    public Optional<McpSession> session(String id) {
        return Optional.ofNullable(open.get(id)).map(OpenConnection::session);
    }

    /**
     * Sets the tap that receives the messages of a connection, in place of the former one.
     *
     * @return false if there is no connection with this id
     */
    public boolean tap(String id, TrafficTap tap) {
        return setTap(id, tap);
    }

    /** Removes the tap of a connection. */
    public void untap(String id) {
        setTap(id, null);
    }

    private boolean setTap(String id, @Nullable TrafficTap tap) {
        OpenConnection found = open.get(id);
        if (found != null) {
            found.connection().tap(tap);
        }
        return found != null;
    }

    @Override
    public boolean close(String id, CloseReason reason) {
        OpenConnection found = open.get(id);
        if (found != null) {
            found.connection().close(reason);
        }
        return found != null;
    }
}
