/**
 * Curated endpoints: the rules by which an endpoint shows, hides and renames what upstreams and
 * this service offer. Does not serve a message and does not decide who may use what.
 */
@NullMarked
package io.springline.curation;

import org.jspecify.annotations.NullMarked;
