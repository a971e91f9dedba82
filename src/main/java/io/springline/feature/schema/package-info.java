/**
 * Checks of params and arguments: JSON Schema, and regular expressions in linear time. Relies on
 * {@code jsonrpc}. Never calls a handler.
 */
@NullMarked
package io.springline.feature.schema;

import org.jspecify.annotations.NullMarked;
