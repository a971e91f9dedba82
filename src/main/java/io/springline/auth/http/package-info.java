/** Spring Security on plain HTTP requests. Relies on {@code auth}. Never serves MCP. */
@NullMarked
package io.springline.auth.http;

import org.jspecify.annotations.NullMarked;
