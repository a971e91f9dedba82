package io.springline.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Servers that are one Redis to whoever uses them. */
public final class RedisServers implements AutoCloseable {

    private static final String ENABLED = "--springline.cluster.redis.enabled=true";
    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;

    private final RedisTopology topology;
    private final List<RedisServer> servers = new ArrayList<>();
    private final List<String> arguments = new ArrayList<>();

    private RedisServers(RedisTopology topology) {
        this.topology = topology;
    }

    static RedisServers standalone() throws IOException {
        var redis = new RedisServers(RedisTopology.STANDALONE);
        redis.arguments.addAll(RedisServer.arguments(redis.add().port()));
        return redis;
    }

    /** The port without TLS is not told to anybody. */
    static RedisServers tls() throws Exception {
        Path folder = Files.createTempDirectory("redis-tls-");
        Path certificate = folder.resolve("certificate.pem");
        Path key = folder.resolve("key.pem");
        TestCertificate.of("redis").write(certificate, key);
        int port = RunningJar.freePort();
        var redis = new RedisServers(RedisTopology.TLS);
        redis.add(
                "tls-port " + port,
                "tls-auth-clients no",
                "tls-cert-file " + certificate,
                "tls-key-file " + key);
        redis.arguments.addAll(RedisServer.arguments(port));
        redis.arguments.add("--spring.ssl.bundle.pem.redis.truststore.certificate=" + certificate);
        redis.arguments.add("--spring.data.redis.ssl.bundle=redis");
        return redis;
    }

    /** A master, its replica, and three sentinels that watch them. */
    static RedisServers sentinel() throws IOException {
        var redis = new RedisServers(RedisTopology.SENTINEL);
        RedisServer master = redis.add("repl-diskless-sync-delay 0");
        redis.add("replicaof 127.0.0.1 " + master.port());
        var sentinels = new ArrayList<RedisServer>();
        for (int i = 0; i < 3; i++) {
            sentinels.add(
                    redis.add(
                            "sentinel monitor springline 127.0.0.1 %d 2".formatted(master.port()),
                            "sentinel down-after-milliseconds springline 1000",
                            "sentinel failover-timeout springline 5000"));
        }
        redis.arguments.add(ENABLED);
        redis.arguments.add("--spring.data.redis.sentinel.master=springline");
        redis.arguments.add("--spring.data.redis.sentinel.nodes=" + addresses(sentinels, ","));
        return redis;
    }

    /** Three masters, each with a replica. */
    static RedisServers cluster() throws Exception {
        var redis = new RedisServers(RedisTopology.CLUSTER);
        for (int i = 0; i < 2 * MASTERS; i++) {
            redis.add(
                    "cluster-enabled yes",
                    "cluster-port " + RunningJar.freePort(),
                    "cluster-node-timeout 1000",
                    "repl-diskless-sync-delay 0");
        }
        var command = new ArrayList<>(List.of("redis-cli", "--cluster", "create"));
        command.addAll(List.of(addresses(redis.servers, " ").split(" ")));
        command.addAll(List.of("--cluster-replicas", "1", "--cluster-yes"));
        Path log = Files.createTempFile("redis-cluster-", ".log");
        Process create =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        if (!create.waitFor(30, TimeUnit.SECONDS) || create.exitValue() != 0) {
            throw new IllegalStateException(Files.readString(log));
        }
        redis.arguments.add(ENABLED);
        redis.arguments.add(
                "--spring.data.redis.cluster.nodes="
                        + addresses(redis.servers.subList(0, MASTERS), ","));
        return redis;
    }

    private RedisServer add(String... settings) throws IOException {
        var server = RedisServer.started(settings);
        servers.add(server);
        return server;
    }

    private static String addresses(List<RedisServer> servers, String separator) {
        return servers.stream()
                .map(each -> "127.0.0.1:" + each.port())
                .collect(Collectors.joining(separator));
    }

    /** What a service is told to find it. */
    public List<String> arguments() {
        return List.copyOf(arguments);
    }

    /** Whether a replica takes the place of a master that is lost. */
    public boolean hasReplicas() {
        return switch (topology) {
            case STANDALONE, TLS -> false;
            case SENTINEL, CLUSTER -> true;
        };
    }

    /** Ends the master of a key, once its replica has what it has. */
    public void killMaster(String key) {
        RedisServer master =
                switch (topology) {
                    case STANDALONE, TLS -> throw new IllegalStateException("no replica");
                    case SENTINEL -> servers.getFirst();
                    case CLUSTER -> servers.get(slot(key) * MASTERS / SLOTS);
                };
        await().atMost(Duration.ofMinutes(1))
                .until(() -> isWatched() && master.command("WAIT 1 100").equals(":1"));
        master.stop();
    }

    private boolean isWatched() {
        return topology != RedisTopology.SENTINEL
                || servers.getLast()
                        .command("SENTINEL CKQUORUM springline")
                        .startsWith("+OK 3 usable");
    }

    private int slot(String key) {
        return Integer.parseInt(servers.getFirst().command("CLUSTER KEYSLOT " + key).substring(1));
    }

    @Override
    public void close() {
        servers.forEach(RedisServer::stop);
    }
}
