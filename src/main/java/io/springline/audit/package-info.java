/** The audit log. Relies on no other package but {@code config}. Never writes a credential. */
@NullMarked
package io.springline.audit;

import org.jspecify.annotations.NullMarked;
