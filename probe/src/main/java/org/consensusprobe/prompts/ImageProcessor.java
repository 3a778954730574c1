package org.consensusprobe.prompts;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.StrictJson;

/**
 * What becomes of an image before it enters a model, as {@code preprocessor_config.json} beside the model says it: resized, cropped,
 * scaled and normalised, in the order and the arithmetic of transformers' image processors over Pillow and numpy.
 *
 * @param size what images are resized to; empty for none
 * @param resampling by what filter
 * @param crop height and width that are cut out of the middle; empty for none
 * @param scale the factor of values from 0 to 255; 1 for none
 * @param mean subtracted from each channel; null for no normalisation
 * @param deviation each channel is divided by it
 * @param scaledFirst whether values are scaled before they are resized, without a rounding to 8 bits between (DINOv3)
 */
record ImageProcessor(
        Optional<Target> size,
        Resampling resampling,
        Optional<Target> crop,
        double scale,
        double[] mean,
        double[] deviation,
        boolean scaledFirst) {
    static final String FILE = "preprocessor_config.json";

    private static final long LARGEST_FILE = 1L << 20;
    private static final int LARGEST_EDGE = 1 << 14;
    private static final double[] HALF = {0.5, 0.5, 0.5};
    private static final double[] IMAGENET_MEAN = {0.485, 0.456, 0.406};
    private static final double[] IMAGENET_DEVIATION = {0.229, 0.224, 0.225};
    private static final double[] CLIP_MEAN = {0.48145466, 0.4578275, 0.40821073};
    private static final double[] CLIP_DEVIATION = {0.26862954, 0.26130258, 0.27577711};

    /**
     * A size.
     *
     * @param height of the image; of its shorter edge where the width is 0
     * @param width 0 where the image keeps its proportions
     */
    record Target(int height, int width) {
        static Target square(int edge) {
            return new Target(edge, edge);
        }

        static Target shortest(int edge) {
            return new Target(edge, 0);
        }

        /** The size [height, width] that an image of another size gets. */
        int[] of(int imageHeight, int imageWidth) {
            if (width > 0) {
                return new int[] {height, width};
            }
            long edge = height;
            return imageWidth <= imageHeight
                    ? new int[] {(int) (edge * imageHeight / (double) imageWidth), height}
                    : new int[] {height, (int) (edge * imageWidth / (double) imageHeight)};
        }
    }

    /** What a class of transformers fills in where the file lacks a field. */
    private record Defaults(
            Target size, Resampling resampling, Target crop, boolean crops, double[] mean, double[] deviation) {}

    private static final Defaults VIT = new Defaults(Target.square(224), Resampling.BILINEAR, null, false, HALF, HALF);
    private static final Defaults CLIP =
            new Defaults(Target.shortest(224), Resampling.BICUBIC, Target.square(224), true, CLIP_MEAN, CLIP_DEVIATION);
    private static final Map<String, Defaults> CLASSES = Map.of(
            "ViT", VIT,
            "DeiT", new Defaults(Target.square(256), Resampling.BICUBIC, Target.square(224), true, HALF, HALF),
            "Beit", new Defaults(Target.square(224), Resampling.BICUBIC, Target.square(224), false, HALF, HALF),
            "Bit", CLIP,
            "CLIP", CLIP,
            "Siglip", new Defaults(Target.square(224), Resampling.BICUBIC, null, false, HALF, HALF),
            "DINOv3ViT",
                    new Defaults(
                            Target.square(224), Resampling.BILINEAR, null, false, IMAGENET_MEAN, IMAGENET_DEVIATION));

    /** The processor beside a model, if there is one. */
    static Optional<ImageProcessor> in(Path folder) {
        Path file = folder.resolve(FILE);
        return Files.isRegularFile(file)
                ? Optional.of(of(StrictJson.readObject(file, LARGEST_FILE, "image processor"), file))
                : Optional.empty();
    }

    /** The one that scales values to -1 to 1, for images that have their size. */
    static ImageProcessor plain() {
        return new ImageProcessor(
                Optional.empty(), Resampling.BILINEAR, Optional.empty(), 1 / 255.0, HALF, HALF, false);
    }

    /** The same for images that have their size already. */
    ImageProcessor withoutResizing() {
        return new ImageProcessor(Optional.empty(), resampling, Optional.empty(), scale, mean, deviation, false);
    }

    static ImageProcessor of(JsonNode json, Object where) {
        JsonFields f = JsonFields.of(json, where);
        String key = f.has("image_processor_type") ? "image_processor_type" : "feature_extractor_type";
        String type =
                f.optionalText(key).orElse("ViT").replaceFirst("(ImageProcessor|FeatureExtractor)(Fast|Pil)?$", "");
        Defaults own = CLASSES.get(type);
        if (own == null) {
            throw f.refused(
                    key,
                    "the processor of "
                            + String.join(
                                    ", ", CLASSES.keySet().stream().sorted().toList()));
        }
        f.implementedOnly("do_pad", false, null);
        boolean keepsProportions = type.equals("CLIP") || type.equals("Bit") || type.equals("Siglip");
        boolean resizes = bool(f, "do_resize", true);
        boolean crops = bool(f, "do_center_crop", own.crops);
        boolean normalises = bool(f, "do_normalize", true);
        int code = f.isNull("resample") ? 2 : f.integerOr("resample", own.resampling.code(), 0, 5);
        return new ImageProcessor(
                resizes ? Optional.of(target(f, "size", own.size, keepsProportions)) : Optional.empty(),
                Resampling.of(code),
                crops ? Optional.of(target(f, "crop_size", own.crop, false)) : Optional.empty(),
                bool(f, "do_rescale", true) ? f.positiveNumberOr("rescale_factor", 1 / 255.0) : 1,
                normalises ? channels(f, "image_mean", own.mean) : null,
                normalises ? channels(f, "image_std", own.deviation) : null,
                type.equals("DINOv3ViT"));
    }

    /** Absent and null both mean what the class has. */
    private static boolean bool(JsonFields f, String key, boolean fallback) {
        return f.isNull(key) ? fallback : f.boolOr(key, fallback);
    }

    private static Target target(JsonFields f, String key, Target own, boolean keepsProportions) {
        if (!f.has(key) || f.isNull(key)) {
            if (own == null) {
                throw f.refused(key, "a size");
            }
            return own;
        }
        if (f.isObject(key)) {
            JsonFields both = f.object(key).orElseThrow();
            both.implementedOnly("longest_edge", (Object) null);
            return both.has("shortest_edge")
                    ? Target.shortest(both.positiveInt("shortest_edge", LARGEST_EDGE))
                    : new Target(both.positiveInt("height", LARGEST_EDGE), both.positiveInt("width", LARGEST_EDGE));
        }
        int edge = f.positiveInt(key, LARGEST_EDGE);
        return keepsProportions ? Target.shortest(edge) : Target.square(edge);
    }

    private static double[] channels(JsonFields f, String key, double[] own) {
        if (!f.has(key) || f.isNull(key)) {
            return own;
        }
        List<JsonNode> values = f.list(key);
        if (values.size() != 3
                || values.stream().anyMatch(v -> !v.isNumber() || key.endsWith("std") && v.doubleValue() <= 0)) {
            throw f.refused(key, "three numbers, of red, green and blue");
        }
        return values.stream().mapToDouble(JsonNode::doubleValue).toArray();
    }

    /** The size [height, width] of every image that comes out; empty where it depends on the image. */
    Optional<int[]> outputSize() {
        return crop.or(() -> size.filter(s -> s.width > 0)).map(t -> new int[] {t.height, t.width});
    }

    /** The size [height, width] that comes out for an image of a size. */
    int[] outputSize(int height, int width) {
        return outputSize().orElseGet(() -> size.map(s -> s.of(height, width)).orElse(new int[] {height, width}));
    }

    /** The pixels [3, H, W] that enter a model. */
    double[] apply(ImageFile.Rgb image) {
        int[] out = outputSize(image.height(), image.width());
        double[] pixels = new double[3 * out[0] * out[1]];
        for (int channel = 0; channel < 3; channel++) {
            double[] values = scaledFirst ? scaled(image.values(channel)) : image.values(channel);
            int height = image.height();
            int width = image.width();
            if (size.isPresent()) {
                int[] to = size.get().of(height, width);
                values = resampling.resize(values, height, width, to[0], to[1], !scaledFirst);
                height = to[0];
                width = to[1];
            }
            values = crop.isPresent() ? cut(values, height, width, crop.get()) : values;
            values = scaledFirst ? values : scaled(values);
            System.arraycopy(normalised(values, channel), 0, pixels, channel * values.length, values.length);
        }
        return pixels;
    }

    private double[] scaled(double[] values) {
        double[] scaled = new double[values.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = (float) (values[i] * scale);
        }
        return scaled;
    }

    /** In float32, as numpy and torch compute it. */
    private double[] normalised(double[] values, int channel) {
        if (mean == null) {
            return values;
        }
        double[] normalised = new double[values.length];
        for (int i = 0; i < normalised.length; i++) {
            normalised[i] = ((float) values[i] - (float) mean[channel]) / (float) deviation[channel];
        }
        return normalised;
    }

    /** The middle; zeros around what is smaller. */
    private static double[] cut(double[] values, int height, int width, Target to) {
        int top = Math.floorDiv(height - to.height, 2);
        int left = Math.floorDiv(width - to.width, 2);
        double[] middle = new double[to.height * to.width];
        for (int y = 0; y < to.height; y++) {
            for (int x = 0; x < to.width; x++) {
                int fromY = y + top;
                int fromX = x + left;
                if (fromY >= 0 && fromY < height && fromX >= 0 && fromX < width) {
                    middle[y * to.width + x] = values[fromY * width + fromX];
                }
            }
        }
        return middle;
    }

    /** In a line, for records. */
    String describe() {
        String resized = size.map(s -> (s.width == 0 ? "shorter edge " + s.height : s.height + " x " + s.width) + " ("
                        + resampling.name().toLowerCase(Locale.ROOT) + ")")
                .orElse("size kept");
        String cropped = crop.map(c -> ", crop " + c.height + " x " + c.width).orElse("");
        return resized + cropped + ", times " + (float) scale
                + (mean == null ? "" : ", mean " + shown(mean) + ", deviation " + shown(deviation));
    }

    private static String shown(double[] values) {
        return String.join(
                " ", Arrays.stream(values).mapToObj(v -> "" + (float) v).toList());
    }
}
