package io.springline.transport;

import io.springline.mcp.CloseReason;
import io.springline.session.McpSession;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The connections of all transports on this node. */
public final class AllConnections {

    private final List<ConnectionDirectory> transports;

    public AllConnections(Collection<ConnectionDirectory> transports) {
        this.transports = List.copyOf(transports);
    }

    public int count() {
        return transports.stream().mapToInt(ConnectionDirectory::count).sum();
    }

    /** Returns the number of connections as the connection limits count them. */
    public int active() {
        return transports.stream().mapToInt(ConnectionDirectory::active).sum();
    }

    public long queuedBytes() {
        return transports.stream().mapToLong(ConnectionDirectory::queuedBytes).sum();
    }

    public List<ConnectionView> all() {
        return transports.stream().flatMap(each -> each.all().stream()).toList();
    }

    public Optional<ConnectionView> find(String id) {
        return transports.stream().flatMap(each -> each.find(id).stream()).findFirst();
    }

    public Optional<McpSession> session(String id) {
        return transports.stream().flatMap(each -> each.session(id).stream()).findFirst();
    }

    public boolean close(String id, CloseReason reason) {
        return transports.stream().anyMatch(each -> each.close(id, reason));
    }
}
