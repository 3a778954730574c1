package org.consensusprobe.prompts;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.consensusprobe.common.Problem;

/** Turns a prompt form of the command line into the images of a vision model. */
public final class ImageReader {
    /** The forms, for help texts and messages. */
    public static final String FORMS = "a folder of .png or .jpg files, " + NoiseImages.SYNTAX + ", FILE.npy";

    private ImageReader() {}

    /**
     * Where images go.
     *
     * @param modelName for messages
     * @param size of the images that the model was made for
     * @param folder beside whose {@code config.json} the processor's stands; empty where nothing but sizes is known
     * @param limit take only the first so many; the others are not looked at
     */
    public record Context(String modelName, Images.Size size, Optional<Path> folder, int limit) {}

    /** Whether a form names a folder. */
    public static boolean isFolder(String form) {
        try {
            return !form.isBlank() && Files.isDirectory(Path.of(form));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** Whether a form names a file of pixels. */
    public static boolean isArray(String form) {
        return form.endsWith(".npy");
    }

    /**
     * The images of a folder, or noise.
     *
     * @throws Problem for another form, a folder without images, a file that cannot be read, a processor that is not there or asks
     *     for what is not known
     */
    public static Images read(String form, Context context) {
        boolean noise = form.startsWith("random:");
        if (!noise && !isFolder(form)) {
            throw Problem.input(
                    "Prompts '%s': %s is a vision model and takes images; expected %s.",
                    form, context.modelName, FORMS);
        }
        if (context.size.channels() != 3) {
            throw Problem.input(
                    "%s takes images of %d channels, and files and noise have 3. Give pixels as FILE.npy.",
                    context.modelName, context.size.channels());
        }
        Optional<ImageProcessor> processor = context.folder.flatMap(ImageProcessor::in);
        if (noise) {
            ImageProcessor own = processor.orElseGet(ImageProcessor::plain);
            int[] size = own.outputSize().orElse(new int[] {context.size.height(), context.size.width()});
            return new NoiseImages(form, context.limit, new Images.Size(3, size[0], size[1]), own.withoutResizing());
        }
        return new ImageFolder(
                Path.of(form),
                context.limit,
                processor.orElseThrow(() -> Problem.input(
                        "%s has no %s, which says how images are resized and normalised.%n"
                                + "Put it beside config.json, or give pixels as FILE.npy.",
                        context.modelName, ImageProcessor.FILE)));
    }
}
