package org.consensusprobe.experiment.loop;

import java.util.List;

/**
 * A token of a prompt whose embedding is the zero vector, as those of padding and of reserved ids often are: it has no
 * direction, so that its prompt's error is NaN until a block gives it one.
 *
 * @param prompt which prompt, from 0
 * @param position its place in the prompt, from 0
 */
public record ZeroToken(int prompt, int position, int id) {
    /** One line for all of them, counted from 1 as in messages on prompt files. */
    public static String warning(List<ZeroToken> tokens) {
        ZeroToken first = tokens.get(0);
        long prompts = tokens.stream().mapToInt(ZeroToken::prompt).distinct().count();
        return "warning: prompt " + (first.prompt + 1) + ", token " + (first.position + 1) + " (id " + first.id
                + ") has the zero vector for an embedding, which has no direction"
                + (tokens.size() == 1
                        ? ""
                        : "; so have " + (tokens.size() - 1) + " more tokens, in " + prompts
                                + (prompts == 1 ? " prompt" : " prompts") + " in all")
                + ". Errors are NaN where that is so, and means are over the other prompts;"
                + " random prompts leave such ids out with --skip-zero-rows.";
    }
}
