/**
 * The server features of MCP: tools, resources, prompts, completions, and what a handler sees of
 * its request. Relies on {@code session} and {@code jsonrpc}. Results are in the shape of the
 * newest revision; what older ones need is nobody's business here.
 */
@ApplicationModule(allowedDependencies = {"jsonrpc", "session"})
@NullMarked
package io.springline.feature;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
