"""Small images in the forms that people have, with what transformers' image processors make of them.

    pip install torch transformers pillow; python scripts/reference-images.py     # writes probe/src/test/resources/images

Each NAME.json of processors/ is a preprocessor_config.json, NAME.npy the pixels that the processor over Pillow gives for the images
of files/, in the order of their names. That of DINOv3 exists over torchvision only: its steps are carried out with torch.
"""

import importlib
import json
import pathlib

import numpy
import torch
from PIL import Image

OUT = pathlib.Path(__file__).parent.parent / "probe/src/test/resources/images"
CASES = {
    "vit": ("vit", "ViT", {"size": {"height": 12, "width": 12}}),
    "vit-old": ("vit", "ViT", {"size": 16, "resample": 3, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}),
    "vit-lanczos": ("vit", "ViT", {"size": {"height": 10, "width": 14}, "resample": 1, "do_normalize": False}),
    "vit-nearest": ("vit", "ViT", {"size": {"height": 9, "width": 60}, "resample": 0, "do_rescale": False, "do_normalize": False}),
    "vit-box": ("vit", "ViT", {"size": {"height": 50, "width": 7}, "resample": 4}),
    "vit-hamming": ("vit", "ViT", {"size": {"height": 7, "width": 8}, "resample": 5}),
    "deit": ("deit", "DeiT", {"size": {"height": 18, "width": 18}, "crop_size": {"height": 13, "width": 13}}),
    "clip": ("clip", "CLIP", {"size": {"shortest_edge": 14}, "crop_size": {"height": 12, "width": 12}}),
    "clip-padded": ("clip", "CLIP", {"size": 9, "crop_size": 14}),
    "dinov2": ("bit", "Bit", {"size": {"shortest_edge": 17}, "crop_size": {"height": 14, "width": 14}, "resample": 3}),
    "siglip": ("siglip", "Siglip", {"size": {"height": 12, "width": 12}}),
    "dinov3": ("dinov3_vit", "DINOv3ViT", {"size": {"height": 12, "width": 12}}),
}
DINO3 = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


def images():
    """Gradients, edges and noise: what filters, palettes and greys can get wrong."""
    y, x = numpy.mgrid[0:29, 0:41].astype(float)
    noise = numpy.random.default_rng(5).integers(0, 256, (29, 41, 3))
    waves = numpy.stack([127 + 120 * numpy.sin(x / 3 + y / 5), 255 * (x > y), 4 * x + 2 * y], 2)
    rgb = Image.fromarray(numpy.where((x[..., None] + y[..., None]) % 7 < 3, waves, noise).clip(0, 255).astype(numpy.uint8))
    files = OUT / "files"
    files.mkdir(parents=True, exist_ok=True)
    rgb.save(files / "rgb.png")
    rgb.convert("L").save(files / "grey.png")
    rgb.convert("LA").save(files / "grey-alpha.png")
    alpha = Image.fromarray((6 * x).astype(numpy.uint8))
    with_alpha = rgb.copy()
    with_alpha.putalpha(alpha)
    with_alpha.save(files / "alpha.png")
    rgb.quantize(13).save(files / "palette.png")
    rgb.convert("1").save(files / "two.png")
    smooth = Image.fromarray(numpy.stack([3 * x + y, 255 - 4 * x, 100 + 50 * numpy.sin(y / 8)], 2).clip(0, 255).astype(numpy.uint8))
    smooth.save(files / "smooth.jpg", quality=92)
    smooth.convert("L").save(files / "smooth-grey.jpeg", quality=92)
    return sorted(files.iterdir(), key=lambda f: f.name)


def torchvision_steps(arrays, config):
    made = []
    for array in arrays:
        t = torch.tensor(array).permute(2, 0, 1).float()[None] * numpy.float32(1 / 255)
        size = (config["size"]["height"], config["size"]["width"])
        t = torch.nn.functional.interpolate(t, size=size, mode="bilinear", antialias=True, align_corners=False)
        mean, std = (torch.tensor(DINO3[k]).reshape(1, 3, 1, 1) for k in ("mean", "std"))
        made.append(((t - mean) / std)[0].numpy())
    return numpy.stack(made)


def main():
    files = images()
    arrays = [numpy.array(Image.open(f).convert("RGB")) for f in files]
    (OUT / "processors").mkdir(exist_ok=True)
    for name, (module, cls, config) in CASES.items():
        if module == "dinov3_vit":
            pixels = torchvision_steps(arrays, config)
        else:
            place = importlib.import_module(f"transformers.models.{module}.image_processing_pil_{module}")
            processor = getattr(place, f"{cls}ImageProcessorPil")(**config)
            pixels = processor(images=[Image.fromarray(a) for a in arrays], return_tensors="np")["pixel_values"]
        said = {"image_processor_type": f"{cls}ImageProcessor{'Fast' if module == 'dinov3_vit' else ''}"} | config
        (OUT / "processors" / f"{name}.json").write_text(json.dumps(said) + "\n")
        numpy.save(OUT / "processors" / f"{name}.npy", numpy.asarray(pixels, numpy.float32))
    print(sum(f.stat().st_size for f in OUT.rglob("*") if f.is_file()) // 1024, "KB")


if __name__ == "__main__":
    main()
