/**
 * The lock under which nothing outside may be called. Relies on no other package. Never blocks for
 * anything but the lock.
 */
@NullMarked
package io.springline.concurrent;

import org.jspecify.annotations.NullMarked;
