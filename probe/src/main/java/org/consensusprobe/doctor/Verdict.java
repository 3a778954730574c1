package org.consensusprobe.doctor;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import org.consensusprobe.torch.Stage;

/**
 * What a test beside float64 found.
 *
 * @param passed whether no stage is off
 * @param by what was tested: {@value #DOCTOR} or {@value #FIRST_BLOCK}
 * @param on the day, in UTC
 * @param stages how many were tried
 * @param stage the first that is off, or where none is the one that needed most of what is allowed
 * @param error its largest relative error
 * @param allowed of it
 */
public record Verdict(boolean passed, String by, String on, int stages, String stage, double error, double allowed) {
    static final String DOCTOR = "doctor";
    static final String FIRST_BLOCK = "the first block of a run";

    static Verdict of(List<Stage> stages, String by) {
        Stage telling = stages.stream()
                .filter(Stage::isOff)
                .findFirst()
                .or(() -> stages.stream().max(Comparator.comparingDouble(Stage::share)))
                .orElseThrow(() -> new IllegalStateException("nothing was tried"));
        return new Verdict(
                stages.stream().noneMatch(Stage::isOff),
                by,
                LocalDate.now(ZoneOffset.UTC).toString(),
                stages.size(),
                telling.name(),
                // JSON has no infinity
                Math.min(telling.error(), Double.MAX_VALUE),
                telling.allowed());
    }
}
