package io.springline.feature;

/** How the turn of reading a resource ended. */
public sealed interface ResourceOutcome extends Outcome permits ResourceResult, InputRequired {}
