package org.consensusprobe.plan;

/** How alike two tokens are. */
public enum Similarity {
    /** Their cosine, as in eq. 25. */
    COSINE,
    /** The absolute value of their cosine, as the authors' earlier versions took it: opposite tokens count as equal. */
    ABSOLUTE;

    /** The name on the command line and in manifests: {@code cosine} or {@code absolute}. */
    public String optionName() {
        return Codec.name(this);
    }
}
