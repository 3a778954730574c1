package org.consensusprobe.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/** Arguments as they were given: Java puts other characters in the place of those that it cannot decode, without a word. */
final class Arguments {
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    private Arguments() {}

    /**
     * Refuses arguments of this process that were not decoded as they stand.
     *
     * @throws Problem naming the first
     */
    static void requireDecoded(String... args) {
        require(args, commandLine(), Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
    }

    /**
     * As {@link #requireDecoded}.
     *
     * @param commandLine the bytes of all of the process's arguments, ours last; empty where the system does not tell
     * @param encoding what Java decoded them by
     */
    static void require(String[] args, List<byte[]> commandLine, Charset encoding) {
        int before = commandLine.size() - args.length;
        for (int i = 0; i < args.length; i++) {
            boolean right = before < 0
                    ? args[i].indexOf('\uFFFD') < 0
                    : isDecoded(args[i], commandLine.get(before + i), encoding);
            if (!right) {
                throw Problem.input(
                        "Argument %d, \"%s\", cannot be read: %s",
                        i + 1,
                        Shown.text(args[i]),
                        encoding.equals(StandardCharsets.UTF_8)
                                ? "it is not UTF-8 text."
                                : "the locale has Java read arguments as " + encoding
                                        + ". Set LC_ALL to a UTF-8 locale, such as C.UTF-8.");
            }
        }
    }

    private static boolean isDecoded(String arg, byte[] bytes, Charset encoding) {
        try {
            return encoding.newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString()
                    .equals(arg);
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static List<byte[]> commandLine() {
        List<byte[]> arguments = new ArrayList<>();
        try {
            byte[] all = Files.readAllBytes(COMMAND_LINE);
            int from = 0;
            for (int i = 0; i < all.length; i++) {
                if (all[i] == 0) {
                    arguments.add(java.util.Arrays.copyOfRange(all, from, i));
                    from = i + 1;
                }
            }
            return arguments;
        } catch (IOException e) {
            return List.of(); // no such system
        }
    }
}
