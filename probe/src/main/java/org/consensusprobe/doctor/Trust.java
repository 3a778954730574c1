package org.consensusprobe.doctor;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.consensusprobe.common.Problem;

/** Whether a run may use its device: not where a test found it wrong, and after a test where there was none. */
public final class Trust {
    /** Set to "off", no run tests what was never tested; what failed is refused all the same. */
    private static final String SWITCH = "CONSENSUS_SELF_TEST";

    private final Verdicts verdicts;
    private final Setting setting;
    private final boolean forced;

    private Trust(Verdicts verdicts, Setting setting, boolean forced) {
        this.verdicts = verdicts;
        this.setting = setting;
        this.forced = forced;
    }

    /**
     * What is known of a setting.
     *
     * @param forced whether a device that failed is used all the same
     * @throws Problem if it failed and is not forced
     */
    public static Trust require(Verdicts verdicts, Setting setting, boolean forced) {
        Trust trust = new Trust(verdicts, setting, forced);
        verdicts.find(setting).ifPresent(trust::refuseWrong);
        return trust;
    }

    /**
     * The verdict that a run is made under.
     *
     * @param isNew whether this run is the one that was tested
     */
    public record Known(Setting setting, Verdict verdict, boolean isNew) {}

    /** What an earlier test found, if there was one: for runs that leave no memory for a test of their own. */
    public Optional<Known> known() {
        return verdicts.find(setting).map(verdict -> new Known(setting, verdict, false));
    }

    /** As {@link #settle(Supplier)}, unless the environment has it that nothing is tested, and nothing is known. */
    public Optional<Known> settle(Map<String, String> environment, Supplier<Verdict> test) {
        boolean off = "off".equalsIgnoreCase(environment.get(SWITCH));
        return off ? known() : Optional.of(settle(test));
    }

    /**
     * The verdict; where there is none yet, that of a test.
     *
     * @throws Problem if it is found wrong, and not forced
     */
    Known settle(Supplier<Verdict> test) {
        Optional<Verdict> known = verdicts.find(setting);
        Verdict verdict = known.orElseGet(test);
        if (known.isEmpty()) {
            verdicts.keep(setting, verdict);
        }
        refuseWrong(verdict);
        return new Known(setting, verdict, known.isEmpty());
    }

    private void refuseWrong(Verdict verdict) {
        if (!verdict.passed() && !forced) {
            throw Problem.failed(
                    "--device %s gives wrong numbers in %s: of %s, %s is off by %.2g where %.2g is allowed (tested on %s).%n"
                            + "Use another --device or --dtype, see 'consensus doctor', or run all the same with --force-device.",
                    setting.device(),
                    setting.dtype(),
                    verdict.by().equals(Verdict.DOCTOR) ? "what consensus doctor tests" : verdict.by(),
                    verdict.stage(),
                    verdict.error(),
                    verdict.allowed(),
                    verdict.on());
        }
    }
}
