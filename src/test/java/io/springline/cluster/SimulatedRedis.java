package io.springline.cluster;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.StreamMessage;
import io.springline.cluster.redis.Redis;
import io.springline.cluster.redis.Script;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * One Redis in virtual time, and the connections of nodes to it: they are slow, break, keep silent,
 * and send unanswered commands again after they have reconnected, as the client library does.
 */
final class SimulatedRedis {

    private static final long EPOCH_MILLIS = 1_800_000_000_000L;

    /** What happens to the way between a node and Redis. */
    record Faults(double lostMail, double doubleMail, double errors, long latencyMillis) {}

    private final VirtualTime time;
    private final RedisModel model = new RedisModel();
    private final Faults faults;
    private final long skewMillis;
    private final List<Link> links = new ArrayList<>();
    private final List<Runnable> held = new ArrayList<>();
    private boolean paused;
    private boolean faulty = true;
    private boolean slow;

    SimulatedRedis(VirtualTime time, Faults faults) {
        this.time = time;
        this.faults = faults;
        this.skewMillis = time.random().nextInt(10_000);
    }

    RedisModel model() {
        return model;
    }

    private long millis() {
        return clock(time.millis());
    }

    /** Returns the time by the clock of Redis. */
    private long clock(long millis) {
        return EPOCH_MILLIS + skewMillis + millis;
    }

    /** Returns true if the key was expired at some time of this period, of virtual time. */
    boolean hasLapsed(byte[] key, long fromMillis, long toMillis) {
        return model.hasLapsed(key, clock(fromMillis), clock(toMillis));
    }

    Link link(VirtualTime.Scope scope) {
        var link = new Link(scope);
        links.add(link);
        return link;
    }

    /** Takes everything in and answers nothing. */
    void pause() {
        paused = true;
    }

    void goOn() {
        paused = false;
        release();
    }

    /** Loses all that it holds, and all connections. */
    void restart() {
        held.clear();
        model.clear();
        links.forEach(Link::reset);
        links.forEach(link -> time.schedule(time.upTo(250), link::reconnect));
    }

    /** From now on every connection works, and no command fails. */
    void heal() {
        faulty = false;
        goOn();
        for (Link link : links) {
            link.silent = false;
            link.reconnect();
        }
        release();
    }

    /** Answers after up to 100 ms, without any faults. */
    void slow() {
        slow = true;
    }

    private void release() {
        List<Runnable> all = List.copyOf(held);
        held.clear();
        all.forEach(Runnable::run);
    }

    /** The connection of one node. */
    final class Link implements Redis {

        private final class Command<T> {
            final Supplier<T> execution;
            final CompletableFuture<T> answer = new CompletableFuture<>();
            boolean lost;

            Command(Supplier<T> execution) {
                this.execution = execution;
            }
        }

        private final VirtualTime.Scope scope;
        private final ArrayDeque<Command<?>> unanswered = new ArrayDeque<>();
        private final Map<String, BiConsumer<byte[], byte[]>> channels = new HashMap<>();
        private boolean up = true;
        private boolean opened;
        private boolean silent;
        private long connection;
        private long lastThere;
        private long lastBack;

        Link(VirtualTime.Scope scope) {
            this.scope = scope;
        }

        /** The connection breaks; what was on its way arrives, or does not. */
        void reset() {
            if (!up) {
                return;
            }
            up = false;
            connection++;
            for (Command<?> command : List.copyOf(unanswered)) {
                command.lost = time.chance(0.5);
                if (time.chance(0.5)) {
                    unanswered.remove(command);
                    time.schedule(scope, 0, () -> command.answer.completeExceptionally(gone()));
                }
            }
        }

        void reconnect() {
            if (!up && !scope.isCrashed()) {
                up = true;
                connection++;
                List.copyOf(unanswered).forEach(this::transmit);
            }
        }

        void silence() {
            silent = true;
        }

        void speak() {
            silent = false;
            release();
        }

        private static RedisException gone() {
            return new RedisException("Connection closed");
        }

        private <T> CompletionStage<T> submit(Supplier<T> execution) {
            var command = new Command<>(execution);
            if (!up || scope.isCrashed()) {
                return CompletableFuture.failedFuture(gone());
            }
            unanswered.add(command);
            transmit(command);
            return command.answer;
        }

        private long latency() {
            return slow ? time.upTo(100) : faulty ? time.upTo(faults.latencyMillis()) : 100_000;
        }

        private <T> void transmit(Command<T> command) {
            command.lost = false;
            long by = connection;
            lastThere = Math.max(lastThere + 1, time.nanos() + latency());
            time.schedule(lastThere - time.nanos(), () -> arrived(command, by));
        }

        private <T> void arrived(Command<T> command, long by) {
            if (command.lost && by != connection) {
                return;
            }
            if (paused || silent) {
                held.add(() -> arrived(command, by));
                return;
            }
            T result = command.execution.get();
            lastBack = Math.max(lastBack + 1, time.nanos() + latency());
            time.schedule(
                    scope,
                    lastBack - time.nanos(),
                    () -> {
                        if (by == connection && unanswered.remove(command)) {
                            command.answer.complete(result);
                        }
                    });
        }

        @Override
        public boolean isConnected() {
            return opened;
        }

        @Override
        public void connect(List<byte[]> names, BiConsumer<byte[], byte[]> heard) {
            if (!up) {
                throw gone();
            }
            names.forEach(name -> channels.put(Arrays.toString(name), heard));
            opened = true;
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> CompletionStage<T> run(Script script, byte[][] keys, List<byte[]> arguments) {
            if (faulty && time.chance(faults.errors())) {
                return CompletableFuture.failedFuture(
                        new RedisCommandExecutionException("READONLY in a simulation"));
            }
            return submit(() -> (T) model.run(script, keys, arguments, millis()));
        }

        @Override
        public CompletionStage<Long> publish(byte[] channel, byte[] message) {
            time.pass(1);
            if (!up) {
                return CompletableFuture.completedFuture(0L);
            }
            return submit(() -> {
                for (Link link : links) {
                    link.published(channel, message);
                }
                return 1L;
            });
        }

        private void published(byte[] channel, byte[] message) {
            BiConsumer<byte[], byte[]> heard = channels.get(Arrays.toString(channel));
            if (heard == null || !up || silent || faulty && time.chance(faults.lostMail())) {
                return;
            }
            for (int i = 0; i < (faulty && time.chance(faults.doubleMail()) ? 2 : 1); i++) {
                time.schedule(scope, latency(), () -> heard.accept(channel, message));
            }
        }

        @Override
        public CompletionStage<Boolean> keep(byte[] key, long millis) {
            return submit(() -> {
                boolean before = model.exists(key, millis());
                model.keep(key, millis(), millis() + millis);
                return before;
            });
        }

        @Override
        public CompletionStage<Long> enlist(
                byte[] key, String member, long nowMillis, long millis) {
            return submit(() -> 1L);
        }

        @Override
        public CompletionStage<Long> enlisted(byte[] key, long nowMillis) {
            return submit(() -> (long) links.size());
        }

        @Override
        public CompletionStage<Long> delist(byte[] key, String member) {
            return submit(() -> 1L);
        }

        @Override
        public CompletionStage<Long> addMember(byte[] key, String member) {
            return submit(() -> 1L);
        }

        @Override
        public CompletionStage<java.util.Set<String>> members(byte[] key) {
            return submit(java.util.Set::of);
        }

        @Override
        public CompletionStage<Long> exists(byte[] key) {
            return submit(() -> model.exists(key, millis()) ? 1L : 0L);
        }

        @Override
        public CompletionStage<Long> delete(byte[] key) {
            return submit(() -> {
                model.delete(key);
                return 1L;
            });
        }

        @Override
        public CompletionStage<List<StreamMessage<byte[], byte[]>>> entries(byte[] stream) {
            return submit(() -> model.entries(stream));
        }
    }
}
