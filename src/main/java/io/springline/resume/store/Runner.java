package io.springline.resume.store;

/**
 * Who runs a request: the call that was begun by one owner of a session. A session that comes back
 * to a node is another owner, with another fencing token.
 *
 * @param fence the fencing token of the owner that began the request, or 0 if it is not known
 * @param node the node of that owner
 */
public record Runner(long fence, String node) {}
