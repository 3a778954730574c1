package org.consensusprobe.cli;

import org.consensusprobe.common.Build;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar. */
final class ProgramVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"consensus " + Build.version()};
    }
}
