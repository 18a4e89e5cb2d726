"""Embeddings by pretrained encoders, written as paired maps: timm's for images, sentences for text.

Both libraries are optional: ``pip install timm sentence-transformers``. Weights are downloaded by
them, or lie where their caches are.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from labbook.data.embeddings import write_map

# The thirty of HYMA's comparison, ten of each width; a run with N takes the first N / 3 of each.
IMAGE_ENCODERS = {
    384: (
        "vit_small_patch16_224",
        "deit_small_patch16_224",
        "deit3_small_patch16_224.fb_in1k",
        "deit3_small_patch16_224.fb_in22k_ft_in1k",
        "efficientvit_m5.r224_in1k",
        "flexivit_small.300ep_in1k",
        "visformer_tiny.in1k",
        "volo_d1_224.sail_in1k",
        "xcit_small_12_p8_224.fb_in1k",
        "eva02_small_patch14_224.mim_in22k",
    ),
    768: (
        "vit_base_patch16_224",
        "vit_base_patch32_224.augreg_in21k_ft_in1k",
        "vit_base_patch32_clip_224.laion2b_ft_in12k_in1k",
        "deit_base_patch16_224",
        "deit3_base_patch16_224.fb_in22k_ft_in1k",
        "beit_base_patch16_224.in22k_ft_in22k_in1k",
        "swin_small_patch4_window7_224.ms_in22k_ft_in1k",
        "convnext_small.fb_in22k_ft_in1k",
        "volo_d4_224.sail_in1k",
        "maxvit_base_tf_224.in1k",
    ),
    1024: (
        "vit_large_patch16_224",
        "vit_large_patch16_224.augreg_in21k_ft_in1k",
        "vit_large_patch14_clip_336.laion2b_ft_in12k_in1k",
        "deit3_large_patch16_384.fb_in22k_ft_in1k",
        "eva02_large_patch14_448.mim_m38m_ft_in22k_in1k",
        "beit_large_patch16_384.in22k_ft_in22k_in1k",
        "beitv2_large_patch16_224.in1k_ft_in22k_in1k",
        "swin_base_patch4_window7_224.ms_in22k_ft_in1k",
        "convnext_base.fb_in22k_ft_in1k",
        "convnextv2_base.fcmae_ft_in22k_in1k",
    ),
}
TEXT_ENCODER = "sentence-transformers/sentence-t5-base"


def encoder_names(num_encoders: int) -> dict[int, tuple[str, ...]]:
    """The names of N image encoders by width: the first N / 3 of each list.

    Raises:
        ValueError: N is no multiple of 3 from 3 to 30.
    """
    if num_encoders % 3 or not 3 <= num_encoders <= 30:
        raise ValueError(f"num_encoders is {num_encoders}; it is a multiple of 3 from 3 to 30.")
    return {width: names[: num_encoders // 3] for width, names in IMAGE_ENCODERS.items()}


def image_encoder(name: str) -> tuple[nn.Module, Callable[[Image.Image], Tensor]]:
    """A pretrained image encoder of timm without its classifier, and the transform it wants.

    Raises:
        ValueError: the name is none of the thirty.
        ImportError: timm is not installed.
    """
    if not any(name in names for names in IMAGE_ENCODERS.values()):
        raise ValueError(
            f"no image encoder {name!r}; labbook.data.embeddings.extract.IMAGE_ENCODERS names them."
        )
    try:
        import timm
    except ImportError as missing:
        raise ImportError(
            "image encoders need timm, which is not installed: pip install timm."
        ) from missing
    module = timm.create_model(name, pretrained=True, num_classes=0).eval()
    config = timm.data.resolve_model_data_config(module)
    return module, timm.data.create_transform(**config, is_training=False)


def text_encoder(name: str = TEXT_ENCODER) -> Callable[[Sequence[str]], np.ndarray]:
    """A pretrained text encoder: sentences to (B, d_t) float32 of length 1.

    Arguments:
        name: of a model of sentence-transformers, or the folder of one.

    Raises:
        ImportError: sentence-transformers is not installed.
    """
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as missing:
        raise ImportError(
            "text encoders need sentence-transformers, which is not installed: "
            "pip install sentence-transformers."
        ) from missing
    model = SentenceTransformer(name)
    return lambda sentences: model.encode(list(sentences), normalize_embeddings=True)


def write_images(
    folder: str | Path,
    name: str,
    module: nn.Module,
    transform: Callable[[Image.Image], Tensor],
    paths: Sequence[str | Path],
    batch_size: int = 64,
    device: str | torch.device = "cpu",
) -> Path:
    """Embed image files by one encoder and write the map, rows of length 1 in float16.

    Arguments:
        folder, name: as of :func:`labbook.data.embeddings.write_map`, as are returns and errors.
        module, transform: as :func:`image_encoder` gives them; the module moves to ``device``.
        paths: of the images, in the order of the pairs.
        batch_size: images that are embedded at once.
    """

    def blocks() -> Iterator[np.ndarray]:
        module.to(device)
        for start in range(0, len(paths), batch_size):
            pictures = []
            for path in paths[start : start + batch_size]:
                with Image.open(path) as image:
                    pictures.append(transform(image.convert("RGB")))
            with torch.no_grad():
                features = module(torch.stack(pictures).to(device))
            yield nn.functional.normalize(features.float(), dim=1).cpu().numpy()

    return write_map(folder, name, blocks(), len(paths))


def write_sentences(
    folder: str | Path,
    name: str,
    encode: Callable[[Sequence[str]], np.ndarray],
    sentences: Sequence[str],
    batch_size: int = 1024,
) -> Path:
    """Embed sentences and write the map, in the order of the pairs.

    Arguments:
        folder, name: as of :func:`labbook.data.embeddings.write_map`, as are returns and errors.
        encode: as :func:`text_encoder` gives it, or a
            :class:`~labbook.data.embeddings.text.TfidfText`.
    """
    starts = range(0, len(sentences), batch_size)
    blocks = (encode(sentences[start : start + batch_size]) for start in starts)
    return write_map(folder, name, blocks, len(sentences))
