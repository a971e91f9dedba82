package io.springline.testing;

/** The ways in which Redis is run. */
public enum RedisTopology {
    STANDALONE,
    TLS,
    SENTINEL,
    CLUSTER;

    /** Real servers on this machine; the caller closes them. */
    public RedisServers start() throws Exception {
        return switch (this) {
            case STANDALONE -> RedisServers.standalone();
            case TLS -> RedisServers.tls();
            case SENTINEL -> RedisServers.sentinel();
            case CLUSTER -> RedisServers.cluster();
        };
    }
}
