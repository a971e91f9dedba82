/**
 * The application; each package below is one room, and its {@code package-info} is the room's door.
 */
@NullMarked
package io.springline;

import org.jspecify.annotations.NullMarked;
