package io.springline.transport;

/** The hosts and origins that are allowed now. A reload can replace them. Thread-safe. */
public final class AllowLists {

    private record Lists(AllowedNames hosts, AllowedNames origins) {}

    private volatile Lists lists;

    public AllowLists(WebSocketProperties properties) {
        this.lists = lists(properties);
    }

    /** Removes what these properties do not allow. */
    public void retain(WebSocketProperties properties) {
        Lists next = lists(properties);
        lists =
                new Lists(
                        lists.hosts.intersection(next.hosts),
                        lists.origins.intersection(next.origins));
    }

    /** Replaces both lists. They apply to the next request. */
    public void replace(WebSocketProperties properties) {
        lists = lists(properties);
    }

    private static Lists lists(WebSocketProperties properties) {
        return new Lists(properties.hosts(), properties.origins());
    }

    public AllowedNames hosts() {
        return lists.hosts;
    }

    public AllowedNames origins() {
        return lists.origins;
    }
}
