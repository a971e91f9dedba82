/**
 * The wire: what a JSON-RPC 2.0 message is, and how it is read and written. Relies on Jackson
 * alone: no Spring, no threads, no sockets. Never decides what a method means.
 */
@ApplicationModule(allowedDependencies = {})
@NullMarked
package io.springline.jsonrpc;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
