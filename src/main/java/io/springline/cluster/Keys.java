package io.springline.cluster;

/**
 * The names of what is kept in Redis. All keys of one session share a hash tag, so that a Redis
 * Cluster keeps them in one place.
 *
 * @param prefix of all of them
 */
record Keys(String prefix) {

    /** In the order in which the scripts want them: see {@code write.lua}. */
    byte[][] session(String session) {
        String tag = "%s:{%s}".formatted(prefix, session);
        return new byte[][] {
            Bytes.of(tag),
            Bytes.of(tag + ":log"),
            Bytes.of(tag + ":running"),
            Bytes.of(tag + ":settled"),
            Bytes.of(tag + ":arrivals")
        };
    }

    byte[] arrivals(String session) {
        return session(session)[4];
    }

    byte[] node(String node) {
        return Bytes.of(prefix + ":node:" + node);
    }

    /** Shows a node, as long as it is set, that Redis has not lost what it holds. */
    byte[] memory(String node) {
        return Bytes.of(prefix + ":memory:" + node);
    }

    /** All nodes, by the time at which they are gone unless something is heard of them. */
    byte[] nodes() {
        return Bytes.of(prefix + ":nodes");
    }

    /** The channel of one node. */
    byte[] mail(String node) {
        return Bytes.of(prefix + ":mail:" + node);
    }

    /** The channel of all nodes. */
    byte[] all() {
        return Bytes.of(prefix + ":all");
    }
}
