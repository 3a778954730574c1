package org.consensusprobe.cli.terminal;

import org.consensusprobe.common.Build;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar. */
public final class ProgramVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"consensus " + Build.version()};
    }
}
