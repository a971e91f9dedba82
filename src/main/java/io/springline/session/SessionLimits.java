package io.springline.session;

import java.time.Duration;

/**
 * @param maxInFlight most requests of one session at work at a time, at least 1
 * @param timeout how long a request may take, subscriptions excepted
 * @param rate messages of one session
 */
public record SessionLimits(int maxInFlight, Duration timeout, Rate rate) {}
