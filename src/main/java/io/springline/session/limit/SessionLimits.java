package io.springline.session.limit;

import java.time.Duration;

/**
 * The limits of one session.
 *
 * @param maxInFlight the highest number of running requests, at least 1
 * @param timeout the longest time of a request, subscriptions excepted
 * @param rate the rate of messages
 */
public record SessionLimits(int maxInFlight, Duration timeout, Rate rate) {}
