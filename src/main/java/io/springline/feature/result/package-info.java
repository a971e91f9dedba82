/**
 * What handlers return: results of tools, resources and prompts, or requests for input from the
 * client. Relies on {@code mcp}. Never calls a handler.
 */
@NullMarked
package io.springline.feature.result;

import org.jspecify.annotations.NullMarked;
