package org.consensusprobe.doctor;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.consensusprobe.common.Build;
import org.consensusprobe.common.Sha256;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Torch;
import org.consensusprobe.weights.Precision;

/**
 * All that decides whether numbers come out right, short of the checkpoint: a verdict holds for one of these, and for no other.
 *
 * @param device PyTorch's name of it
 * @param hardware the processor's model, or the graphics card's kind
 * @param driver of a graphics card; "none" for a processor
 * @param dtype that was asked for
 * @param states the dtype of states
 * @param products the dtype that matrices multiply in
 * @param libtorch its version
 * @param program this program's version
 * @param kernels SHA-256 of the kernels' source
 * @param mkl what MKL is told about its ways ({@code MKL_CBWR})
 */
public record Setting(
        String device,
        String hardware,
        String driver,
        String dtype,
        String states,
        String products,
        String libtorch,
        String program,
        String kernels,
        String mkl) {
    /** That of a run. */
    public static Setting of(Precision precision, Kernels kernels, Torch torch) {
        return new Setting(
                precision.device(),
                torch.hardware(precision.device()),
                torch.driver(precision.device()),
                precision.rounding().torchName(),
                precision.state().torchName(),
                precision.product().torchName(),
                torch.version(),
                Build.version(),
                kernels.fingerprint(),
                System.getenv().getOrDefault("MKL_CBWR", "unset"));
    }

    /** "cpu in float32". */
    public String words() {
        return device + " in " + dtype;
    }

    ObjectNode json() {
        return StrictJson.mapper().valueToTree(this);
    }

    /** A name of it for a file. */
    String key() {
        return Sha256.of(json().toString()).substring(0, 32);
    }
}
