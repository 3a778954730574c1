package org.consensusprobe.prompts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;

/** The images of a folder, in the order of their names, through a processor. */
final class ImageFolder extends Images {
    private final List<Path> files;
    private final ImageProcessor processor;
    private final Size size;

    /**
     * Looks through a folder: each image of it is read once.
     *
     * @param limit take only the first so many; the others are not looked at
     * @throws Problem if there are none, one cannot be read, or they come out in different sizes
     */
    ImageFolder(Path folder, int limit, ImageProcessor processor) {
        this.files = files(folder).stream().limit(limit).toList();
        this.processor = processor;
        if (files.isEmpty()) {
            throw Problem.input("%s: no images in this folder; expected .png or .jpg files.", folder);
        }
        Size first = null;
        for (Path file : files) {
            Size found = sizeOf(ImageFile.read(file));
            if (first != null && !first.equals(found)) {
                throw Problem.input(
                        "%s becomes %s and %s %s: the images of a run have one size.%n"
                                + "Crop them in the processor (do_center_crop), or make them alike.",
                        files.get(0), first, file, found);
            }
            first = found;
        }
        this.size = first;
    }

    private Size sizeOf(ImageFile.Rgb image) {
        int[] out = processor.outputSize(image.height(), image.width());
        return new Size(image.channels().length, out[0], out[1]);
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> ImageFile.isNamedBy(file.getFileName().toString()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw Problem.input(e, "%s: the folder cannot be read: %s.", folder, e.getMessage());
        }
    }

    @Override
    public int count() {
        return files.size();
    }

    @Override
    public Size size() {
        return size;
    }

    @Override
    public double[] pixels(int i) {
        ImageFile.Rgb image = ImageFile.read(files.get(i));
        if (!sizeOf(image).equals(size)) {
            throw Problem.failed("%s: the file changed while it was in use.", files.get(i));
        }
        return processor.apply(image);
    }

    @Override
    public String name(int i) {
        return files.get(i).getFileName().toString();
    }

    @Override
    public String processing() {
        return processor.describe();
    }
}
