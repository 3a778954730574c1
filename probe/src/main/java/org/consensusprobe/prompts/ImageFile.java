package org.consensusprobe.prompts;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;
import org.consensusprobe.common.Problem;

/**
 * A PNG or JPEG file of 8 bits a channel as red, green and blue, as Pillow's {@code convert("RGB")} gives them: grey three times,
 * palettes looked up, transparency and colour profiles left aside, orientation as stored.
 */
final class ImageFile {
    /** The most pixels that are believed: far beyond any camera's picture that a model sees whole. */
    private static final long MOST_PIXELS = 1L << 25;

    private static final List<String> ENDINGS = List.of(".png", ".jpg", ".jpeg");

    private ImageFile() {}

    /** Whether a file is an image by its ending. */
    static boolean isNamedBy(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return ENDINGS.stream().anyMatch(lower::endsWith);
    }

    /**
     * An image of 8 bits.
     *
     * @param channels red, green and blue, each [height, width], bytes from 0 to 255
     */
    record Rgb(int height, int width, byte[][] channels) {
        /** One channel's values. */
        double[] values(int channel) {
            double[] values = new double[channels[channel].length];
            for (int i = 0; i < values.length; i++) {
                values[i] = channels[channel][i] & 0xff;
            }
            return values;
        }
    }

    /**
     * Reads a file.
     *
     * @throws Problem if it is damaged, neither PNG nor JPEG, too large, or of more than 8 bits a channel
     */
    static Rgb read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw Problem.input("%s: no such file.", file);
        }
        try (ImageInputStream in = new FileImageInputStream(file.toFile())) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            ImageReader reader = readers.hasNext() ? readers.next() : null;
            if (reader == null || !List.of("png", "jpeg").contains(format(reader))) {
                throw Problem.input("%s: expected a PNG or JPEG image, found something else.", file);
            }
            try {
                return read(file, reader, in);
            } finally {
                reader.dispose();
            }
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException | NegativeArraySizeException e) {
            String reason =
                    e instanceof IIOException && e.getMessage() != null ? e.getMessage() : "it is cut off or damaged";
            throw Problem.input(
                    e,
                    "%s: the image cannot be read: %s.",
                    file,
                    reason.lines().findFirst().orElse(""));
        }
    }

    private static String format(ImageReader reader) throws IOException {
        return reader.getFormatName().toLowerCase(Locale.ROOT);
    }

    private static Rgb read(Path file, ImageReader reader, ImageInputStream in) throws IOException {
        StringBuilder damage = new StringBuilder();
        IIOReadWarningListener listener = (source, warning) -> {
            String lower = warning.toLowerCase(Locale.ROOT);
            if (lower.contains("premature") || lower.contains("corrupt") || lower.contains("truncat")) {
                damage.append(warning);
            }
        };
        reader.addIIOReadWarningListener(listener);
        reader.setInput(in, true, true);
        long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
        if (pixels > MOST_PIXELS) {
            throw Problem.input(
                    "%s: %d x %d pixels; at most %d are believed. Shrink the image.",
                    file, reader.getHeight(0), reader.getWidth(0), MOST_PIXELS);
        }
        BufferedImage image = reader.read(0);
        if (!damage.isEmpty()) {
            throw Problem.input(
                    "%s: the image is cut off or damaged: %s.",
                    file, damage.toString().strip());
        }
        return image.getColorModel() instanceof IndexColorModel palette
                ? ofPalette(image, palette)
                : ofSamples(file, image.getRaster());
    }

    private static Rgb ofPalette(BufferedImage image, IndexColorModel palette) {
        byte[][] rgb = new byte[3][image.getHeight() * image.getWidth()];
        byRow(image.getRaster(), 0, (place, sample) -> {
            rgb[0][place] = (byte) palette.getRed(sample);
            rgb[1][place] = (byte) palette.getGreen(sample);
            rgb[2][place] = (byte) palette.getBlue(sample);
        });
        return new Rgb(image.getHeight(), image.getWidth(), rgb);
    }

    /** Samples as they are stored: Java's own conversion would take grey for linear light. */
    private static Rgb ofSamples(Path file, Raster raster) {
        int bits = raster.getSampleModel().getSampleSize(0);
        if (bits != 8) {
            throw Problem.input("%s: %d bits a channel; expected 8. Save the image with 8.", file, bits);
        }
        byte[][] rgb = new byte[3][raster.getHeight() * raster.getWidth()];
        for (int channel = 0; channel < 3; channel++) {
            byte[] values = rgb[channel];
            byRow(raster, raster.getNumBands() < 3 ? 0 : channel, (place, sample) -> values[place] = (byte) sample);
        }
        return new Rgb(raster.getHeight(), raster.getWidth(), rgb);
    }

    private static void byRow(Raster raster, int band, Sample samples) {
        int width = raster.getWidth();
        int[] row = new int[width];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, band, row);
            for (int x = 0; x < width; x++) {
                samples.take(y * width + x, row[x]);
            }
        }
    }

    /** Takes one sample. */
    @FunctionalInterface
    private interface Sample {
        void take(int place, int sample);
    }
}
