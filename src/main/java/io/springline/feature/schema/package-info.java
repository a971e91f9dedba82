/**
 * Checks of params and arguments: JSON Schema, regular expressions in linear time, arguments that
 * are repeated in headers. Relies on {@code jsonrpc}. Never calls a handler.
 */
@NullMarked
package io.springline.feature.schema;

import org.jspecify.annotations.NullMarked;
