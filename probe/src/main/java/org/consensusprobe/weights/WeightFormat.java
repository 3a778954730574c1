package org.consensusprobe.weights;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.consensusprobe.common.Problem;
import org.consensusprobe.pickle.PickledTensor;
import org.consensusprobe.pickle.TorchFile;

/** The forms in which a directory keeps its tensors, in the order in which transformers prefers them. */
enum WeightFormat {
    SAFETENSORS("model.safetensors") {
        @Override
        Map<String, StoredTensor> read(Path file) {
            return SafetensorsFile.read(file).tensors();
        }
    },
    /** What PyTorch saves: a pickle, of which the table of tensors is read and nothing is run. */
    TORCH("pytorch_model.bin") {
        @Override
        Map<String, StoredTensor> read(Path file) {
            Map<String, StoredTensor> tensors = new LinkedHashMap<>();
            TorchFile.read(file).values().forEach(tensor -> tensors.put(tensor.name(), stored(file, tensor)));
            return tensors;
        }
    };

    private final String singleFile;

    WeightFormat(String singleFile) {
        this.singleFile = singleFile;
    }

    /** The file that has all tensors of a checkpoint. */
    String singleFile() {
        return singleFile;
    }

    /** The index of shards, where they have them. */
    String index() {
        return singleFile + ".index.json";
    }

    /**
     * The tensors of a file by name.
     *
     * @throws Problem if it is missing, of another format or damaged
     */
    abstract Map<String, StoredTensor> read(Path file);

    /** The format of a file or of an index's shards, by the ending of its name. */
    static WeightFormat of(Path file) {
        return file.toString().matches("(?s).*\\.bin(\\.index\\.json)?") ? TORCH : SAFETENSORS;
    }

    private static StoredTensor stored(Path file, PickledTensor tensor) {
        StoredType type = StoredType.valueOf(tensor.type().name());
        Convention convention = tensor.isContiguous() ? Convention.HUGGING_FACE : Convention.strided(tensor.strides());
        long bytes = type.bytesOf(StoredTensor.product(convention.fileShape(tensor.shape())));
        return new StoredTensor(tensor.name(), type, tensor.shape(), file, tensor.offset(), bytes, convention);
    }

    static List<WeightFormat> inOrder() {
        return List.of(values());
    }
}
