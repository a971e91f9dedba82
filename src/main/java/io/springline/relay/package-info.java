/**
 * Upstream MCP servers offered as features: processes that speak over their standard streams, and
 * servers reached by Streamable HTTP, of either era. Relies on {@code feature}, {@code session} and
 * {@code jsonrpc}. Never looks into what it carries further than it must.
 */
@ApplicationModule(allowedDependencies = {"jsonrpc", "session", "feature", "config"})
@NullMarked
package io.springline.relay;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
