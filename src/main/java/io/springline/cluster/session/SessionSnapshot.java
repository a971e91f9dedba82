package io.springline.cluster.session;

import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Format;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.resume.store.StoredSession;
import io.springline.session.Outbound;
import java.util.ArrayList;
import java.util.List;

/** The complete session as arguments of {@code push.lua}. */
final class SessionSnapshot {

    private SessionSnapshot() {}

    static List<byte[]> arguments(
            RedisLease lease, RedisSessionStore store, StoredSession session) {
        Binding binding = lease.binding();
        List<Outbound> messages = session.unacknowledged();
        long sent = session.acknowledged() + messages.size();
        var arguments = new ArrayList<byte[]>();
        arguments.add(Bytes.of(lease.fence()));
        arguments.add(Bytes.of(store.life().toMillis()));
        arguments.add(Bytes.of(store.node()));
        arguments.add(Bytes.of(binding.principal()));
        arguments.add(Bytes.of(binding.endpoint()));
        arguments.add(Bytes.of(binding.epoch()));
        arguments.add(Bytes.of(String.join(" ", session.tokens())));
        arguments.add(StateJson.write(session.state()));
        arguments.add(Bytes.of(session.acknowledged()));
        arguments.add(Bytes.of(sent));
        arguments.add(Bytes.of(lease.before()));
        arguments.add(Bytes.of(Format.SESSION.number()));
        arguments.add(Bytes.of(session.running().size()));
        session.running()
                .forEach((request, runner) -> {
                    arguments.add(Bytes.of(request));
                    arguments.add(LeaseRunner.text(runner));
                });
        arguments.add(Bytes.of(session.settled().size()));
        session.settled().forEach(request -> arguments.add(Bytes.of(request)));
        arguments.add(Bytes.of(messages.size()));
        long number = session.acknowledged();
        for (Outbound message : messages) {
            arguments.add(Bytes.of(++number));
            arguments.add(Bytes.of(message.answers()));
            arguments.add(message.payload());
            arguments.add(Bytes.of(message.belongsTo()));
        }
        return arguments;
    }
}
