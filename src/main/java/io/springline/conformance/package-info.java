/**
 * The fixtures of the official conformance suite, and four tools for black-box tests; active with
 * the Spring profile {@code conformance}. Relies on {@code feature}, {@code session} and {@code
 * jsonrpc}. Never active without it.
 *
 * @see <a href="https://github.com/modelcontextprotocol/conformance">The conformance suite</a>
 */
@ApplicationModule(allowedDependencies = {"jsonrpc", "session", "feature"})
@NullMarked
package io.springline.conformance;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
