/** Authentication of clients. Relies on Spring Security. Does not interpret MCP messages. */
@NullMarked
package io.springline.auth;

import org.jspecify.annotations.NullMarked;
