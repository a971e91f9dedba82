/** The Spring Security filter chains of HTTP requests. Relies on {@code auth}. Serves no MCP. */
@NullMarked
package io.springline.auth.http;

import org.jspecify.annotations.NullMarked;
