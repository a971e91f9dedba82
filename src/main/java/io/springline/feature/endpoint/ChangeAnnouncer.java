package io.springline.feature.endpoint;

import io.springline.mcp.Topic;

/** Publishes the changes of an endpoint. */
interface ChangeAnnouncer {

    /** Notifies the clients of all nodes. */
    void everywhere(Topic topic);

    /** Notifies the clients of this node, since every node makes the change by itself. */
    void here(Topic topic);
}
