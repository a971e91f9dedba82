package io.springline.session.limit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the memory of results and messages that clients have not read yet: for this node, and for
 * each client over all its connections, sessions and HTTP responses. A client is a principal, or an
 * address of anonymous callers.
 *
 * <pre>
 * above a quarter of the limit   the client's connections that have unread messages are held back:
 *                                they are not read, and their calls do not begin
 * above half of the limit        results of the client are refused
 * all clients above the limit    a result of another client is accepted; of the client that holds
 *                                most, the connection that has read nothing for longest is closed
 * </pre>
 *
 * Held-back connections that read nothing within the write timeout are closed by their transport.
 * Sizes are reported in steps, so that messages which are written at once are not counted. Safe for
 * use by many threads.
 */
public final class UnreadMemory {

    /** An account reports a change of its size once it reaches this number of bytes. */
    static final long STEP_BYTES = 16 * 1024;

    /** The highest number of clients that {@link #heldBack} returns. */
    private static final int MAX_NAMED = 20;

    /** Holds unread messages of one client. Its methods are called without a lock. */
    public interface Holder {

        /**
         * Returns the {@link System#nanoTime} since which the client has read nothing, although
         * something waits.
         */
        long unreadSinceNanos();

        /** Discards the messages, and disconnects the client because it reads too slowly. */
        void discardUnread();

        /** The client is no longer held back: wakes the threads that wait. */
        void roomAgain();
    }

    private static final class Client {
        private final String name;
        private final Set<Account> accounts = new LinkedHashSet<>();
        private long held;
        private volatile boolean heldBack;

        Client(String name) {
            this.name = name;
        }
    }

    /** The unread bytes of one connection, outbound log, HTTP response or session. */
    public final class Account {

        private final Supplier<String> name;
        private final AtomicLong held = new AtomicLong();
        private volatile @Nullable Holder holder;
        private volatile @Nullable Client client;
        private volatile long reported;
        private volatile boolean closed;

        private Account(Supplier<String> name) {
            this.name = name;
        }

        /** Sets who holds the messages. Without a holder nothing is closed or woken. */
        public void heldBy(Holder messages) {
            holder = messages;
        }

        /** Sets the number of unread bytes. May be called with a lock held. */
        public void set(long bytes) {
            held.set(bytes);
            report();
        }

        /** Adds to the number of unread bytes, or subtracts from it. */
        public void add(long bytes) {
            held.addAndGet(bytes);
            report();
        }

        private void report() {
            if (isReportDue()) {
                wake(update(this));
            }
        }

        private boolean isReportDue() {
            long bytes = unread();
            return Math.abs(bytes - reported) >= STEP_BYTES || bytes == 0 && reported != 0;
        }

        private long unread() {
            return closed ? 0 : held.get();
        }

        /**
         * Counts a result that is ready. Must not be called with a lock held.
         *
         * @return false, with nothing counted, if there is no room. A client that holds nothing has
         *     room for one result of any size
         */
        public boolean claim(long bytes) {
            return held.addAndGet(bytes) - reported < STEP_BYTES || admit(this, bytes);
        }

        /** Returns true if the client holds too much, and some of it here. */
        public boolean isHeldBack() {
            Client now = client;
            return now != null && now.heldBack;
        }

        /** Counts nothing any more. May be called with a lock held. */
        public void close() {
            closed = true;
            set(0);
        }
    }

    private final long limit;
    private final Map<String, Client> clients = new HashMap<>();
    private long total;
    private long refused;

    /**
     * @param limit in bytes; one client may have half of it
     */
    public UnreadMemory(long limit) {
        this.limit = limit;
    }

    /** Returns one without a limit. */
    public static UnreadMemory unlimited() {
        return new UnreadMemory(Long.MAX_VALUE);
    }

    /**
     * Returns a new account. It must be closed, or set to 0, when its messages are gone.
     *
     * @param client returns the name of the client; must not block
     */
    public Account account(Supplier<String> client) {
        return new Account(client);
    }

    /** Returns the holders to wake. */
    private List<Holder> update(Account account) {
        synchronized (clients) {
            return updateLocked(account);
        }
    }

    /** Repeats while the account changes meanwhile, since a small change reports nothing itself. */
    private List<Holder> updateLocked(Account account) {
        var woken = new ArrayList<Holder>();
        do {
            woken.addAll(countLocked(account));
        } while (account.isReportDue());
        return woken;
    }

    private List<Holder> countLocked(Account account) {
        long now = account.unread();
        long change = now - account.reported;
        Client client = account.client;
        if (client == null) {
            if (now == 0) {
                return List.of();
            }
            client = clients.computeIfAbsent(account.name.get(), Client::new);
            client.accounts.add(account);
            account.client = client;
        }
        account.reported = now;
        client.held += change;
        total += change;
        if (now == 0) {
            account.client = null;
            client.accounts.remove(account);
            if (client.accounts.isEmpty()) {
                clients.remove(client.name);
            }
        }
        return holdBackLocked(client);
    }

    /** A client that was held back must have read a good part before it goes on. */
    private List<Holder> holdBackLocked(Client client) {
        if (client.held > limit / 4) {
            client.heldBack = true;
        } else if (client.heldBack && client.held <= limit / 8) {
            client.heldBack = false;
            return holders(client);
        }
        return List.of();
    }

    private static List<Holder> holders(Client client) {
        var holders = new ArrayList<Holder>();
        for (Account each : client.accounts) {
            Holder holder = each.holder;
            if (holder != null) {
                holders.add(holder);
            }
        }
        return holders;
    }

    /** The caller may hold the lock of its connection, and waking takes those of others. */
    private static void wake(List<Holder> holders) {
        if (!holders.isEmpty()) {
            Thread.startVirtualThread(() -> holders.forEach(Holder::roomAgain));
        }
    }

    private boolean admit(Account account, long bytes) {
        List<Holder> largest;
        synchronized (clients) {
            updateLocked(account);
            Client client = account.client;
            if (client == null) {
                return true; // closed: the result goes nowhere
            }
            boolean more = client.held - bytes >= STEP_BYTES;
            boolean beyondShare = total > limit && client.held > limit / clients.size();
            if (more && (client.held > limit / 2 || beyondShare)) {
                account.held.addAndGet(-bytes);
                updateLocked(account);
                refused++;
                return false;
            }
            Client most = largestLocked();
            largest = total > limit && most != client ? holders(most) : List.of();
        }
        largest.stream()
                .min(Comparator.comparingLong(Holder::unreadSinceNanos))
                .ifPresent(Holder::discardUnread);
        return true;
    }

    private Client largestLocked() {
        return clients.values().stream()
                .max(Comparator.comparingLong(client -> client.held))
                .orElseThrow();
    }

    /** Returns the number of unread bytes of all clients. */
    public long bytes() {
        synchronized (clients) {
            return total;
        }
    }

    /** Returns the number of results that were refused since the start. */
    public long refused() {
        synchronized (clients) {
            return refused;
        }
    }

    /** Returns the names of some clients that are held back. */
    public List<String> heldBack() {
        synchronized (clients) {
            return clients.values().stream()
                    .filter(client -> client.heldBack)
                    .map(client -> client.name)
                    .sorted()
                    .limit(MAX_NAMED)
                    .toList();
        }
    }
}
