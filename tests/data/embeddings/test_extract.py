"""Embedding files and sentences by pretrained encoders; here, by ones with weights of our own."""

import importlib.util

import numpy as np
import pytest
import torch
from PIL import Image

from labbook.data import embeddings
from labbook.data.embeddings import extract
from labbook.data.embeddings.text import TfidfText


def to_tensor(image):
    return torch.from_numpy(np.array(image.resize((4, 4)))).permute(2, 0, 1).float() / 255


@pytest.fixture
def paths(tmp_path):
    """Five images of plain colours, one of them grey without colour channels."""
    files = [tmp_path / f"{i}.png" for i in range(5)]
    for i, path in enumerate(files):
        Image.new("L" if i == 3 else "RGB", (6, 5), 100 if i == 3 else (40 * i, 10, 200)).save(path)
    return files


@pytest.fixture
def module():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48, 8)).eval()


def test_images_are_embedded_in_their_order(tmp_path, paths, module):
    extract.write_images(tmp_path / "maps", "linear", module, to_tensor, paths, batch_size=2)
    written = np.load(tmp_path / "maps" / "linear.npy")
    with torch.no_grad():
        pictures = torch.stack([to_tensor(Image.open(path).convert("RGB")) for path in paths])
        expected = torch.nn.functional.normalize(module(pictures), dim=1)
    np.testing.assert_allclose(written, expected, atol=1e-3)


def test_images_and_sentences_make_pairs(tmp_path, paths, module):
    sentences = [f"a picture of number {i}" for i in range(5)]
    extract.write_images(tmp_path, "linear", module, to_tensor, paths)
    extract.write_sentences(tmp_path, "text", TfidfText(sentences, 3), sentences, batch_size=2)
    pairs = embeddings.read(tmp_path, "text", ["linear"])
    assert len(pairs) == 5 and pairs.texts.shape == (5, 3) and pairs.of("linear").shape == (5, 8)


def test_thirty_encoders_have_thirty_names():
    names = [name for family in extract.encoder_names(30).values() for name in family]
    assert len(set(names)) == 30


def test_twelve_are_the_first_four_of_each_width():
    twelve = extract.encoder_names(12)
    assert [len(names) for names in twelve.values()] == [4, 4, 4]
    assert "flexivit_small.300ep_in1k" not in twelve[384]


def test_a_number_that_is_no_multiple_of_three_is_refused():
    with pytest.raises(ValueError, match="num_encoders is 10"):
        extract.encoder_names(10)


def test_an_unknown_encoder_is_told():
    with pytest.raises(ValueError, match="no image encoder 'resnet50'"):
        extract.image_encoder("resnet50")


@pytest.mark.skipif(importlib.util.find_spec("timm") is not None, reason="timm is installed")
def test_a_missing_timm_is_told():
    with pytest.raises(ImportError, match="pip install timm"):
        extract.image_encoder("vit_small_patch16_224")


@pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is not None,
    reason="sentence-transformers is installed",
)
def test_missing_sentence_transformers_are_told():
    with pytest.raises(ImportError, match="pip install sentence-transformers"):
        extract.text_encoder()
