package org.consensusprobe.experiment.attribute;

import java.util.List;
import org.consensusprobe.plan.LeftOut;
import org.consensusprobe.report.Numbers;

/** What leaving out a part does: at the end of the first pass, and behind the last block. */
record Effect(LeftOut part, Change atNative, Change atEnd) {
    static final List<String> HEAD = List.of(
            "left out",
            "error at native depth",
            "decades",
            "it",
            "error at the end",
            "decades at the end",
            "it, at the end",
            "option");

    List<String> cells() {
        return List.of(
                part.words(),
                Numbers.text(atNative.error()),
                Numbers.signed(atNative.decades()),
                atNative.words(),
                Numbers.text(atEnd.error()),
                Numbers.signed(atEnd.decades()),
                atEnd.words(),
                part.option());
    }
}
