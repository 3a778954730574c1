package org.consensusprobe.pickle;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.archivers.zip.ZipMethod;
import org.consensusprobe.common.CheckpointFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/**
 * The zip archive that {@code torch.save} writes: where its entries lie. They are stored, not deflated, so that tensors can be
 * mapped; none lies within another.
 */
final class TorchArchive {
    private static final String PICKLE = "data.pkl";

    private final Path file;
    private final String folder;
    private final Map<String, Place> places;

    /** The bytes of an entry in the file. */
    record Place(long offset, long bytes) {}

    private TorchArchive(Path file, String folder, Map<String, Place> places) {
        this.file = file;
        this.folder = folder;
        this.places = places;
    }

    /** Reads the archive's directory and checks it against the file. */
    static TorchArchive read(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                ZipFile zip = ZipFile.builder().setSeekableByteChannel(channel).get()) {
            Map<String, Place> places = new HashMap<>();
            long end = 0;
            String before = "its start";
            List<ZipArchiveEntry> entries = Collections.list(zip.getEntries());
            String folder =
                    folder(file, entries.stream().map(ZipArchiveEntry::getName).toList());
            entries.sort(Comparator.comparingLong(ZipArchiveEntry::getDataOffset));
            for (ZipArchiveEntry entry : entries) {
                String name = entry.getName();
                requireStored(file, entry);
                Place place = new Place(entry.getDataOffset(), entry.getSize());
                if (place.offset < end || place.bytes < 0 || place.bytes > channel.size() - place.offset) {
                    throw Problem.input(
                            "%s: the archive's entry %s lies within %s or beyond the file's end. Download it again.",
                            file, shown(name), shown(before));
                }
                if (places.put(name, place) != null) {
                    throw Problem.input("%s: the archive has the entry %s twice.", file, shown(name));
                }
                end = place.offset + place.bytes;
                before = name;
            }
            return new TorchArchive(file, folder, places);
        } catch (IOException | RuntimeException e) {
            if (e instanceof Problem problem) {
                throw problem;
            }
            // a reader of foreign archives meets what its library did not foresee
            throw Problem.input(
                    e,
                    "%s: a damaged or unfinished zip archive: its directory cannot be read. Download it again.",
                    file);
        }
    }

    private static void requireStored(Path file, ZipArchiveEntry entry) {
        if (entry.getMethod() != ZipMethod.STORED.getCode()
                || entry.getGeneralPurposeBit().usesEncryption()
                || entry.getSize() != entry.getCompressedSize()) {
            throw Problem.input(
                    "%s: the archive's entry %s is compressed or encrypted, as torch.save does not write it, and cannot be"
                            + " mapped.%n%s",
                    file, shown(entry.getName()), TorchFile.SAVE_AGAIN);
        }
    }

    private static String folder(Path file, List<String> names) {
        List<String> pickles = names.stream()
                .filter(name -> name.endsWith("/" + PICKLE) && name.indexOf('/') == name.lastIndexOf('/'))
                .toList();
        if (pickles.size() != 1) {
            throw Problem.input(
                    "%s: a zip archive, but not of torch.save: expected one data.pkl in one folder, found %d.",
                    file, pickles.size());
        }
        String folder = pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
        if (names.contains(folder + "constants.pkl")) {
            throw Problem.input(
                    "%s: a TorchScript program, not a table of weights. Save the model's state_dict() instead.", file);
        }
        return folder;
    }

    /** Where an entry of the archive's folder lies. */
    Optional<Place> place(String name) {
        return Optional.ofNullable(places.get(folder + name));
    }

    /** The content of a small entry. */
    Optional<byte[]> content(String name, long most) {
        return place(name).map(place -> {
            if (place.bytes > most) {
                throw Problem.input(
                        "%s: the archive's %s has %d bytes; at most %d are believed.", file, name, place.bytes, most);
            }
            try {
                return CheckpointFiles.readAt(file, place.offset, (int) place.bytes);
            } catch (IOException e) {
                throw Problem.input(e, "%s: the file cannot be read: %s.", file, CheckpointFiles.reason(e));
            }
        });
    }

    private static String shown(String name) {
        return Shown.text(name.length() > 100 ? name.substring(0, 100) : name);
    }
}
