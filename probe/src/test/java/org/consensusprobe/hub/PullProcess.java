package org.consensusprobe.hub;

import java.time.Duration;

/** A process of its own that pulls one model into the cache of its environment; for tests that kill it or start two. */
public final class PullProcess {
    private PullProcess() {}

    public static void main(String[] args) {
        Retries retries = new Retries(4, Duration.ofMillis(5), Duration.ofMillis(20), Duration.ofSeconds(5));
        Hub hub = new Hub(HubSettings.fromEnvironment(), retries, Links.SYMBOLIC, folder -> Long.MAX_VALUE);
        Snapshot snapshot = hub.snapshot(ModelId.parse(args[0]), new ByteProgress() {
            @Override
            public void begins(String what, int files, long bytes, long present) {
                System.out.println("present " + present);
            }

            @Override
            public void note(String line) {
                System.out.println("note " + line);
            }
        });
        System.out.println("done " + snapshot.directory());
    }
}
