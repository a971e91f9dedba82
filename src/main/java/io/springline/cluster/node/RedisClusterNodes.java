package io.springline.cluster.node;

import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Format;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.redis.Redis;
import io.springline.cluster.redis.Script;
import io.springline.session.node.ClusterNodes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The nodes that use the same Redis. */
public final class RedisClusterNodes implements ClusterNodes {

    /** The maximum number of records of a set. */
    private static final int MAX_RECORDS = 10_000;

    private final Redis redis;
    private final Keys keys;
    private final NodeMessenger messenger;
    private final ClusterMembership membership;

    public RedisClusterNodes(
            Redis redis, Keys keys, NodeMessenger messenger, ClusterMembership membership) {
        this.redis = redis;
        this.keys = keys;
        this.messenger = messenger;
        this.membership = membership;
    }

    @Override
    public String self() {
        return membership.node();
    }

    @Override
    public boolean checkAlive(String node) {
        return membership.checkAlive(node);
    }

    @Override
    public boolean isAway() {
        return membership.isAway();
    }

    @Override
    public void on(String kind, Reader reader) {
        messenger.on(kind, reader::read);
    }

    @Override
    public CompletionStage<Boolean> send(String node, String kind, String subject, byte[] body) {
        return messenger
                .send(node, kind, subject, body)
                .handle((receivers, failure) -> failure == null && receivers > 0);
    }

    @Override
    public void sendToAll(String kind, String subject, byte[] body) {
        if (!isAway()) {
            messenger.sendToAll(kind, subject, body);
        }
    }

    @Override
    public @Nullable Map<String, Shared> records(String set) throws InterruptedException {
        List<byte[]> found = run(Script.RECORDS, set, List.of());
        if (found == null) {
            return null;
        }
        var records = new HashMap<String, Shared>();
        for (int at = 0; at + 1 < found.size(); at += 2) {
            String[] parts = Bytes.text(found.get(at + 1)).split(" ", 2);
            if (parts.length == 2 && parts[0].matches("\\d{1,18}")) {
                String value = Format.RECORD.read(parts[1]);
                if (value != null) {
                    records.put(
                            Bytes.text(found.get(at)), new Shared(Long.parseLong(parts[0]), value));
                }
            }
        }
        return records;
    }

    @Override
    public Change change(String set, String name, long known, @Nullable Shared next)
            throws InterruptedException {
        byte[] record =
                next == null
                        ? Bytes.NONE
                        : Bytes.of(
                                "%d %s".formatted(next.epoch(), Format.RECORD.mark(next.value())));
        byte[] answer =
                run(
                        Script.RECORD,
                        set,
                        List.of(Bytes.of(name), Bytes.of(known), record, Bytes.of(MAX_RECORDS)));
        return switch (answer == null ? "" : Bytes.text(answer)) {
            case "done" -> Change.DONE;
            case "newer" -> Change.NEWER;
            case "full" -> Change.FULL;
            default -> Change.UNREACHABLE;
        };
    }

    private <T> @Nullable T run(Script script, String set, List<byte[]> arguments)
            throws InterruptedException {
        if (isAway()) {
            return null;
        }
        return RedisBackplane.await(
                redis.<T>run(script, new byte[][] {keys.records(set)}, arguments));
    }
}
