/** Tests of an application's MCP tools, over the transports that its clients use. */
@NullMarked
package io.springline.test;

import org.jspecify.annotations.NullMarked;
