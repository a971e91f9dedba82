package io.springline.ops.actuator;

import io.springline.reload.ConfigurationReload;
import io.springline.reload.ReloadStatus;
import io.springline.session.Backplane;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** The configuration of all replicas: which version each one runs with, and its reload. */
public final class ReplicaReload {

    private static final String VERSION = "configuration.version";
    private static final String RELOAD = "configuration.reload";

    /**
     * The configuration of one replica.
     *
     * @param version the same on all replicas with the same files
     * @param fault why changed files are not applied; null if they are
     */
    public record Replica(String node, String version, @Nullable String fault) {}

    private final Backplane backplane;
    private final String node;

    /**
     * @param node the name of this replica
     */
    public ReplicaReload(ConfigurationReload reload, Backplane backplane, String node) {
        this.backplane = backplane;
        this.node = node;
        backplane.answer(
                VERSION,
                _ -> {
                    ReloadStatus last = reload.last();
                    return JsonMapper.shared()
                            .writeValueAsString(new Replica(node, last.version(), last.fault()));
                });
        backplane.answer(
                RELOAD,
                from -> {
                    if (!from.equals(node)) {
                        Thread.ofVirtual().name("reload").start(reload::reloadIfChanged);
                    }
                    return "";
                });
    }

    /** Returns the replicas that answer within one second, by name. */
    public List<Replica> all() throws InterruptedException {
        return backplane.ask(VERSION, "").stream()
                .map(each -> JsonMapper.shared().readValue(each, Replica.class))
                .sorted(Comparator.comparing(Replica::node))
                .toList();
    }

    /** Makes the other replicas read their files, without waiting until they have. */
    void reloadOthers() throws InterruptedException {
        backplane.ask(RELOAD, node);
    }
}
