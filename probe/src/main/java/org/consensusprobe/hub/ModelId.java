package org.consensusprobe.hub;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/**
 * A model on the hub: {@code org/name} at a revision, which is a branch, a tag or a commit.
 *
 * @param repository {@code org/name}, or the bare {@code name} of the oldest models; by huggingface_hub's own rules
 * @param revision branch, tag, commit or pull request ({@code refs/pr/1}); safe as a relative path
 */
public record ModelId(String repository, String revision) {
    /** The branch meant when none is named. */
    public static final String DEFAULT_REVISION = "main";

    /** Where the models that had no organisation are now, and which those are. */
    private static final Map<String, Pattern> FIRST_ORGANISATIONS = Map.of(
            "openai-community", Pattern.compile("gpt2(-.*)?|openai-gpt"),
            "google-bert", Pattern.compile("bert-.*"),
            "FacebookAI", Pattern.compile("(roberta|xlm)-.*"),
            "distilbert", Pattern.compile("distil(bert|gpt2|roberta).*"),
            "albert", Pattern.compile("albert-.*"));

    private static final Pattern REPOSITORY = Pattern.compile("(?:\\w(?:[\\w.-]{0,94}\\w)?/)?\\w(?:[\\w.-]{0,94}\\w)?");
    private static final Pattern REVISION = Pattern.compile("[\\w.+-]+(?:/[\\w.+-]+)*");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    public ModelId {
        if (!isRepository(repository)) {
            throw Problem.input(
                    "'%s' is no model id: expected org/name[@revision] of letters, digits, '-', '_' and '.', such as"
                            + " openai-community/gpt2.",
                    Shown.text(repository));
        }
        if (!isRevision(revision)) {
            throw Problem.input(
                    "'%s' is no revision of %s: expected a branch, a tag or a commit, such as main.",
                    Shown.text(revision), repository);
        }
    }

    /**
     * Reads {@code org/name[@revision]}.
     *
     * @throws Problem if it breaks the hub's rules for names
     */
    public static ModelId parse(String text) {
        int at = text.indexOf('@');
        return at < 0
                ? new ModelId(text, DEFAULT_REVISION)
                : new ModelId(text.substring(0, at), text.substring(at + 1));
    }

    /** Whether {@link #parse} can read a text. */
    public static boolean isOne(String text) {
        int at = text.indexOf('@');
        String of = at < 0 ? DEFAULT_REVISION : text.substring(at + 1);
        return isRepository(at < 0 ? text : text.substring(0, at)) && isRevision(of);
    }

    /** The model of a folder of the cache such as {@code models--org--name}; empty for any other folder. */
    static Optional<String> repositoryOfFolder(String folder) {
        if (!folder.startsWith("models--")) {
            return Optional.empty();
        }
        String repository = folder.substring("models--".length()).replaceFirst("--", "/");
        return isRepository(repository) ? Optional.of(repository) : Optional.empty();
    }

    /** Whether the revision is a whole commit hash, which never moves. */
    public boolean isPinned() {
        return isCommit(revision);
    }

    /** The same model at another revision. */
    public ModelId at(String otherRevision) {
        return new ModelId(repository, otherRevision);
    }

    /**
     * The names that this model may have in a cache, its own first: the oldest models had no organisation before they were given
     * one, and the hub still answers to both.
     */
    List<ModelId> names() {
        int slash = repository.indexOf('/');
        String name = repository.substring(slash + 1);
        Stream<String> others = FIRST_ORGANISATIONS.entrySet().stream()
                .filter(org -> org.getValue().matcher(name).matches())
                .filter(org -> slash < 0 || org.getKey().equals(repository.substring(0, slash)))
                .map(org -> slash < 0 ? org.getKey() + "/" + name : name);
        return Stream.concat(Stream.of(this), others.map(other -> new ModelId(other, revision)))
                .toList();
    }

    /** The model's folder in the cache: {@code models--org--name}. */
    String folder() {
        return "models--" + repository.replace("/", "--");
    }

    static boolean isCommit(String text) {
        return COMMIT.matcher(text).matches();
    }

    @Override
    public String toString() {
        return repository + "@" + revision;
    }

    private static boolean isRepository(String text) {
        return REPOSITORY.matcher(text).matches()
                && !text.contains("--")
                && !text.contains("..")
                && !text.endsWith(".git");
    }

    static boolean isRevision(String text) {
        return REVISION.matcher(text).matches() && !hasDotSegment(text) && text.length() <= 200;
    }

    private static boolean hasDotSegment(String revision) {
        for (String segment : revision.split("/")) {
            if (segment.startsWith(".")
                    || segment.endsWith(".")
                    || segment.endsWith(".lock")
                    || segment.contains("..")) {
                return true;
            }
        }
        return false;
    }
}
