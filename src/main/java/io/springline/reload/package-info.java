/**
 * Applies changed configuration files while the service runs. Knows which properties changed, not
 * what they mean: the packages that own them check and apply them.
 */
@NullMarked
package io.springline.reload;

import org.jspecify.annotations.NullMarked;
