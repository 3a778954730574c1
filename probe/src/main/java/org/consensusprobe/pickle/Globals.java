package org.consensusprobe.pickle;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.pickle.Values.Global;
import org.consensusprobe.pickle.Values.Role;

/** The names that a state dict's pickle needs: all others are refused where they are read, before anything is made of them. */
final class Globals {
    private static final Map<String, Global> KNOWN = known();

    private Globals() {}

    static Optional<Global> find(String module, String name) {
        return Optional.ofNullable(KNOWN.get(module + "." + name));
    }

    private static Map<String, Global> known() {
        Map<String, Global> known = new HashMap<>();
        known.put("collections.OrderedDict", new Global(Role.ORDERED_DICT, null));
        known.put("torch._utils._rebuild_tensor_v2", new Global(Role.TENSOR, null));
        known.put("torch._utils._rebuild_tensor_v3", new Global(Role.TENSOR_WITH_DTYPE, null));
        known.put("torch._utils._rebuild_parameter", new Global(Role.PARAMETER, null));
        known.put("torch.Size", new Global(Role.SIZE, null));
        known.put("torch.device", new Global(Role.DEVICE, null));
        known.put("torch.storage.UntypedStorage", new Global(Role.UNTYPED_STORAGE_CLASS, null));
        for (TorchType type : TorchType.values()) {
            if (!type.storage().isEmpty()) {
                known.put("torch." + type.storage(), new Global(Role.STORAGE_CLASS, type));
            }
            known.put("torch." + type.dtype(), new Global(Role.DTYPE, type));
        }
        return Map.copyOf(known);
    }
}
