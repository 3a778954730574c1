package org.consensusprobe.cli.runs;

import java.util.Locale;
import org.consensusprobe.doctor.Trust;
import org.consensusprobe.doctor.Verdict;

/** What a run says of the device that it runs on. */
final class TrustText {
    private TrustText() {}

    /** One line: that the first block was tested, or that a device is used though it failed. */
    static String of(Trust.Known known) {
        Verdict v = known.verdict();
        String figures = String.format(
                Locale.ROOT, "%s is off by %.1e where %.1e is allowed", v.stage(), v.error(), v.allowed());
        return v.passed()
                ? String.format(
                        Locale.ROOT,
                        "first run on %s: its first block was held to float64; at most, %s (consensus doctor tests more)",
                        known.setting().words(),
                        figures)
                : "warning: " + known.setting().device() + " gives wrong numbers in "
                        + known.setting().dtype() + ": " + figures + "; it is used because of --force-device.";
    }
}
