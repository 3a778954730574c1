package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a command line did, run in this process: exit code and both streams. */
record CommandResult(int exit, String out, String err) {
    static CommandResult of(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = Program.run(new PrintWriter(out), new PrintWriter(err), args);
        return new CommandResult(exit, out.toString(), err.toString());
    }

    CommandResult succeeded() {
        assertThat(exit).as(err).isZero();
        return this;
    }

    /** Asserts that exit code, and a message of one or two lines without a stack trace that holds all these texts. */
    CommandResult refused(int code, String... texts) {
        assertThat(err).contains(texts).startsWith("consensus: ").doesNotContain("\tat ", "Exception");
        assertThat(err.lines()).as(err).hasSizeBetween(1, 2);
        assertThat(exit).as(err).isEqualTo(code);
        return this;
    }
}
