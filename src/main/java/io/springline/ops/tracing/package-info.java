/**
 * Spans of requests and of calls to upstreams. Relies on Micrometer Tracing. Records no arguments
 * and no results.
 */
@NullMarked
package io.springline.ops.tracing;

import org.jspecify.annotations.NullMarked;
