/**
 * Rates, and the share of the processors that a client may use. Relies on no other package. Never
 * answers a client.
 */
@NullMarked
package io.springline.session.limit;

import org.jspecify.annotations.NullMarked;
