/**
 * The lock under which nothing outside may be called, the annotation of periodic methods, and a
 * task that merges requests into few runs. Relies on no other package. Never blocks for anything
 * but the lock.
 */
@NullMarked
package io.springline.concurrent;

import org.jspecify.annotations.NullMarked;
