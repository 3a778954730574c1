package org.consensusprobe.prompts;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;

/**
 * Images of uniform noise in 8 bits, scaled and normalised as any other: of Python's {@code random} seeded once, image after image
 * {@code numpy.frombuffer(random.randbytes(H * W * 3), numpy.uint8).reshape(H, W, 3)}.
 */
final class NoiseImages extends Images {
    static final String SYNTAX = "random:COUNT[@SEED]";
    private static final Pattern FORM = Pattern.compile("random:(?<count>\\d{1,9})(@(?<seed>-?\\d{1,1000}))?");
    private static final int MOST = 1 << 16;

    private final List<CPythonRandom> starts;
    private final Size size;
    private final ImageProcessor processor;

    /** Reads {@code random:COUNT[@SEED]}, for images of a size that the processor leaves as it is. */
    NoiseImages(String form, int limit, Size size, ImageProcessor processor) {
        Matcher m = FORM.matcher(form);
        if (!m.matches()) {
            throw Problem.input(
                    "Prompts '%s': random images are %s, for example random:8 or random:8@7; their size is the model's.",
                    form, SYNTAX);
        }
        int count = Integer.parseInt(m.group("count"));
        if (count < 1 || count > MOST) {
            throw Problem.input("Random images: the count must be from 1 to %d, found %d.", MOST, count);
        }
        String seed = m.group("seed");
        CPythonRandom random = new CPythonRandom(seed == null ? RandomPrompts.DEFAULT_SEED : new BigInteger(seed));
        this.starts = new ArrayList<>();
        this.size = size;
        this.processor = processor;
        for (int i = 0; i < Math.min(count, limit); i++) {
            starts.add(random.copy());
            random.randbytes(size.values());
        }
    }

    @Override
    public int count() {
        return starts.size();
    }

    @Override
    public Size size() {
        return size;
    }

    @Override
    public double[] pixels(int i) {
        byte[] bytes = starts.get(i).copy().randbytes(size.values());
        byte[][] channels = new byte[size.channels()][size.height() * size.width()];
        for (int at = 0; at < bytes.length; at++) {
            channels[at % size.channels()][at / size.channels()] = bytes[at];
        }
        return processor.apply(new ImageFile.Rgb(size.height(), size.width(), channels));
    }

    @Override
    public String name(int i) {
        return "noise " + (i + 1);
    }

    @Override
    public String processing() {
        return "uniform noise in 8 bits, " + processor.describe();
    }
}
