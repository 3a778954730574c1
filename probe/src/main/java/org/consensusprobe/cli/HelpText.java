package org.consensusprobe.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;

/**
 * Descriptions of commands as paragraphs. In the source they are lines, and picocli would keep those lines whatever the
 * width, and show the first of them alone in lists of commands, in the middle of a sentence.
 */
final class HelpText {
    private static final Pattern SENTENCE = Pattern.compile("(.*?[.:])(?: (?=[A-Z\"])|$)(.*)");

    private HelpText() {}

    /** Of a command and all below it: a first sentence, which lists show, then paragraphs; an empty line parts them. */
    static void flow(CommandLine command) {
        var usage = command.getCommandSpec().usageMessage();
        List<String> paragraphs = new ArrayList<>();
        StringBuilder open = new StringBuilder();
        for (String line : usage.description()) {
            if (line.isEmpty()) {
                paragraphs.add(open.toString());
                open.setLength(0);
            } else {
                open.append(open.isEmpty() ? "" : " ").append(line);
            }
        }
        paragraphs.add(open.toString());
        List<String> shown = new ArrayList<>();
        for (String paragraph : paragraphs) {
            Matcher sentence = SENTENCE.matcher(paragraph);
            if (shown.isEmpty() && sentence.matches() && !sentence.group(2).isEmpty()) {
                shown.addAll(List.of(sentence.group(1), sentence.group(2)));
            } else {
                shown.addAll(shown.isEmpty() ? List.of(paragraph) : List.of("", paragraph));
            }
        }
        usage.description(shown.toArray(String[]::new));
        command.getSubcommands().values().forEach(HelpText::flow);
    }
}
