/**
 * What an operator sees: health, metrics, connections, and the tools that tell clients the same.
 * Reads all other rooms; none of them knows it.
 */
@ApplicationModule
@NullMarked
package io.springline.ops;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
