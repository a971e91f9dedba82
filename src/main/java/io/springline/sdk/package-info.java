/**
 * Beans written for the MCP Java SDK and with Spring AI's MCP annotations, offered as features.
 * Relies on {@code feature} and on both libraries; their types end here. Never serves a request
 * itself: a bean sees an SDK exchange, and behind it is the {@code RequestContext} of any handler.
 */
@ApplicationModule(allowedDependencies = {"jsonrpc", "session", "feature"})
@NullMarked
package io.springline.sdk;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
