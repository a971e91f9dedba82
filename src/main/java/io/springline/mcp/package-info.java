/**
 * Names of the Model Context Protocol and of Springline's extension: revisions, methods, {@code
 * _meta} keys, capabilities, log levels, close codes. Uses no other package. Holds no state.
 */
@NullMarked
package io.springline.mcp;

import org.jspecify.annotations.NullMarked;
