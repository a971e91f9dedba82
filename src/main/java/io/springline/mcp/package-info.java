/**
 * Names of the Model Context Protocol and of Springline's extension: revisions, methods, {@code
 * _meta} keys, capabilities, log levels, close codes. Relies on no other package. Never holds
 * state.
 */
@NullMarked
package io.springline.mcp;

import org.jspecify.annotations.NullMarked;
