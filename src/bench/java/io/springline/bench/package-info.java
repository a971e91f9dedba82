/**
 * What the service costs, beside its peers and the bare socket; see the section "How to measure" in
 * {@code docs/performance.md}. {@link io.springline.bench.ServiceBench} measures whole processes,
 * {@link io.springline.bench.MicroBench} the codec and the dispatcher without a socket.
 */
@NullMarked
package io.springline.bench;

import org.jspecify.annotations.NullMarked;
