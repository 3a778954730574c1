package org.consensusprobe.experiment.check;

import java.util.List;
import java.util.Optional;

/**
 * What a check finds.
 *
 * @param encoder whether every token sees all: then token 1 is a token like any other
 * @param evidence one for each kind of prompts
 * @param remarks what was left out of the check, and why
 * @param stability of consensus under the checkpoint; empty if it could not be measured
 */
public record Verdict(
        String model, boolean encoder, List<Evidence> evidence, List<String> remarks, Optional<Stability> stability) {
    public Verdict {
        evidence = List.copyOf(evidence);
        remarks = List.copyOf(remarks);
    }

    /** The verdict in words, a sentence or two a line. */
    public List<String> words() {
        return Words.of(this);
    }

    /** The tables behind it, one for each kind of prompts. */
    public List<String> tables() {
        return evidence.stream().map(Table::of).flatMap(List::stream).toList();
    }
}
