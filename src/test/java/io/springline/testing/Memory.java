package io.springline.testing;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/** What this JVM holds on to. */
public final class Memory {

    private Memory() {}

    /** Bytes on the heap and in direct buffers that a collection does not free. */
    public static long usedAfterGc() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() + direct();
    }

    private static long direct() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }
}
