package org.consensusprobe.common;

/**
 * An error that a user can act on: what failed, in which file or option, what was expected and found, what to do.
 *
 * <p>The message is one or two lines and is printed as it stands; the stack trace is shown only with {@code --debug}.
 * The exit code is part of the command line's contract.
 */
public final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The run itself failed: activations became NaN, a disk filled up, memory ran out. */
    public static final int FAILED = 1;

    /** The command line or an input is wrong. */
    public static final int WRONG_INPUT = 2;

    /** A verdict asked for with {@code --fail-if} failed. */
    public static final int VERDICT_FAILED = 3;

    /** Interrupted by SIGINT or SIGTERM. */
    public static final int INTERRUPTED = 130;

    private final int exitCode;

    private Problem(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** The command line or an input is wrong: exit code 2. */
    public static Problem input(String format, Object... args) {
        return new Problem(WRONG_INPUT, text(format, args), null);
    }

    /** As {@link #input(String, Object...)}, with the exception that revealed it for {@code --debug}. */
    public static Problem input(Throwable cause, String format, Object... args) {
        return new Problem(WRONG_INPUT, text(format, args), cause);
    }

    /** The run failed although its input was well formed: exit code 1. */
    public static Problem failed(String format, Object... args) {
        return new Problem(FAILED, text(format, args), null);
    }

    /** As {@link #failed(String, Object...)}, with the exception that revealed it for {@code --debug}. */
    public static Problem failed(Throwable cause, String format, Object... args) {
        return new Problem(FAILED, text(format, args), cause);
    }

    /** The run was interrupted from outside: exit code 130. */
    public static Problem interrupted(String format, Object... args) {
        return new Problem(INTERRUPTED, text(format, args), null);
    }

    /** The process's exit code for this problem. */
    public int exitCode() {
        return exitCode;
    }

    private static String text(String format, Object... args) {
        // without arguments a message may hold a plain percent sign
        return args.length == 0
                ? format.replace("%n", System.lineSeparator())
                : String.format(java.util.Locale.ROOT, format, args);
    }
}
