/**
 * Spans of requests and of calls to upstreams. Relies on Micrometer Tracing. Never records
 * arguments.
 */
@NullMarked
package io.springline.ops.tracing;

import org.jspecify.annotations.NullMarked;
