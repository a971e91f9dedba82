package io.springline.cluster.redis;

/**
 * The names of keys and channels in Redis. The keys of one session share a hash tag, so that Redis
 * Cluster keeps them on one node.
 *
 * @param prefix the prefix of all names
 */
public record Keys(String prefix) {

    /** Returns the keys of a session, in the order of the scripts: see {@code write.lua}. */
    public byte[][] session(String session) {
        String tag = "%s:{%s}".formatted(prefix, session);
        return new byte[][] {
            Bytes.of(tag),
            Bytes.of(tag + ":log"),
            Bytes.of(tag + ":running"),
            Bytes.of(tag + ":settled"),
            Bytes.of(tag + ":arrivals")
        };
    }

    public byte[] arrivals(String session) {
        return session(session)[4];
    }

    /**
     * Returns the keys of a task, in the order of {@code task.lua}. All tasks of a principal share
     * a hash tag.
     *
     * @param owner stands for the principal
     */
    public byte[][] task(String owner, String id) {
        String tag = "%s:{tasks:%s}".formatted(prefix, owner);
        return new byte[][] {
            Bytes.of(tag + ":" + id), Bytes.of(tag + "-all"), Bytes.of(tag + "-running")
        };
    }

    public byte[] node(String node) {
        return Bytes.of(prefix + ":node:" + node);
    }

    /**
     * Returns the key that exists as long as Redis has not lost its data since the node has set it.
     */
    public byte[] memory(String node) {
        return Bytes.of(prefix + ":memory:" + node);
    }

    /** Returns the key of the set of all nodes, each with the time at which its lease ends. */
    public byte[] nodes() {
        return Bytes.of(prefix + ":nodes");
    }

    /** Returns the key of the single-use tokens of a client, each with the time of its expiry. */
    public byte[] tokens(String client) {
        return Bytes.of("%s:tokens:%s".formatted(prefix, tagged(client)));
    }

    /** Returns the key of the same tokens in the order of their issue. */
    public byte[] tokenOrder(String client) {
        return Bytes.of("%s:token-order:%s".formatted(prefix, tagged(client)));
    }

    /** Returns the name as the hash tag of a key. An empty tag would be none. */
    private static String tagged(String client) {
        return client.isEmpty() || client.startsWith("}") ? ":{-}" + client : '{' + client + '}';
    }

    /** Returns the key of a count of calls per period. All counts have one hash tag. */
    public byte[] rate(String key) {
        return Bytes.of("%s:{calls}:rate:%s".formatted(prefix, key));
    }

    /** Returns the key of the calls that run under one limit. All limits have one hash tag. */
    public byte[] slots(String key) {
        return Bytes.of("%s:{calls}:running:%s".formatted(prefix, key));
    }

    /** Returns the key of a set of names that all nodes share. */
    public byte[] set(String name) {
        return Bytes.of(prefix + ":set:" + name);
    }

    /**
     * Returns the keys of a value that belongs to the consent of a user, in the order of {@code
     * consent.lua}. All values of a group share a hash tag.
     */
    public byte[][] consent(String group, String key) {
        String tag = "%s:{consent:%s}".formatted(prefix, group);
        return new byte[][] {Bytes.of(tag + ":" + key), Bytes.of(tag + "-all")};
    }

    /** Returns the key of a set of records that all nodes share. */
    public byte[] records(String set) {
        return Bytes.of(prefix + ":records:" + set);
    }

    /** Returns the channel of one node. */
    public byte[] channel(String node) {
        return Bytes.of(prefix + ":mail:" + node);
    }

    /** Returns the channel of all nodes. */
    public byte[] all() {
        return Bytes.of(prefix + ":all");
    }
}
