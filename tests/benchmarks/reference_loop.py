"""The peer of our speed: the recipe as one writes it first.

A faithful, plain form of the original: patches in the batch axis, ``nn.Conv1d``/``nn.Conv2d``
mixers between reshapes, a ``DataLoader`` with one worker process and default collation, AdamW with
its default settings, a scheduler object, the four logged scalars read each step, a progress bar.
"""

import math
import time

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm


class PlainMixer(nn.Module):
    """Patches (B P, c) → mixed (B P, c), through the library's own convolutions."""

    def __init__(self, mixer, features, patches, kernel_size):
        super().__init__()
        self.mixer, self.features, self.patches = mixer, features, patches
        pad = (kernel_size - 1) // 2
        kind = nn.Conv2d if "2d" in mixer else nn.Conv1d
        if mixer == "mlp":
            self.first = nn.Linear(features * patches, features * patches)
        else:
            self.first = kind(patches, patches, kernel_size, padding=pad)
        if mixer.endswith("f"):
            self.second = kind(features, features, kernel_size, padding=pad)

    def forward(self, x):
        p, c = self.patches, self.features
        x = x.view(-1, p, c)
        if self.mixer == "mlp":
            return self.first(x.flatten(1)).view(-1, c)
        side, edge = math.isqrt(c), math.isqrt(p)
        y = self.first(x.view(-1, p, side, side) if "2d" in self.mixer else x)
        y = y.reshape(-1, p, c)
        if self.mixer.endswith("f"):
            y = y.transpose(1, 2)
            y = self.second(y.reshape(-1, c, edge, edge) if "2d" in self.mixer else y)
            y = y.reshape(-1, c, p).transpose(1, 2)
        return y.reshape(-1, c)


class PlainLayer(nn.Module):
    def __init__(self, module, activated, residual):
        super().__init__()
        self.module, self.residual = module, residual
        self.act = nn.GELU() if activated else nn.Identity()

    def forward(self, x):
        y = self.act(self.module(x))
        return y + x if self.residual else y


class PlainMixerAutoencoder(nn.Module):
    """The network of the original on (B, 1, 28, 28), with ``unfold`` for the patches."""

    def __init__(self, patch_size, channels, mixer_at=(), mixer="cnn", kernel_size=1):
        super().__init__()
        self.patch_size, self.patches = patch_size, (28 // patch_size) ** 2
        encoder, decoder, previous = [], [], patch_size**2
        for i, c in enumerate(channels, 1):
            encoder.append(PlainLayer(nn.Linear(previous, c), True, previous == c))
            last = PlainLayer(nn.Linear(c, previous), i > 1 or i in mixer_at, previous == c)
            decoder.insert(0, last)
            if i in mixer_at:
                mixing = (PlainMixer(mixer, c, self.patches, kernel_size) for _ in range(2))
                encoder.append(PlainLayer(next(mixing), True, True))
                decoder.insert(0, PlainLayer(next(mixing), True, True))
            previous = c
        latent = channels[-1]
        self.encoder = nn.Sequential(*encoder)
        self.head = nn.Linear(self.patches * previous, latent)
        self.tail = nn.Linear(latent, self.patches * previous)
        self.decoder = nn.Sequential(*decoder)
        self.width = previous

    def encode(self, x):
        p = self.patch_size
        x = x.unfold(2, p, p).unfold(3, p, p).reshape(-1, p * p)
        return self.head(self.encoder(x).view(-1, self.patches * self.width))

    def decode(self, z):
        p, n = self.patch_size, 28 // self.patch_size
        x = self.decoder(self.tail(z).view(-1, self.width))
        return x.view(-1, n, n, p, p).permute(0, 1, 3, 2, 4).reshape(-1, 1, 28, 28)


class _Items(Dataset):
    def __init__(self, pixels, labels):
        self.pixels, self.labels = pixels, labels

    def __len__(self):
        return len(self.pixels)

    def __getitem__(self, index):
        return self.pixels[index].float() / 255, self.labels[index]


def train_plainly(model, images, validation, inputs, learning_rate, period, batch_size=64):
    """Train as the original does.

    Returns the seconds that it took (validation included) and the last validation loss.
    """
    loader = DataLoader(_Items(images.pixels, images.labels), batch_size, True, num_workers=1)
    checks = DataLoader(_Items(validation.pixels, validation.labels), batch_size)
    optimiser = torch.optim.AdamW(model.parameters(), lr=learning_rate)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, period)
    start, seen, loss = time.perf_counter(), 0, math.nan
    with tqdm(total=inputs, disable=None) as bar:
        while seen < inputs:
            for batch, _ in loader:
                latent = model.encode(batch)
                error = nn.functional.mse_loss(model.decode(latent), batch)
                spread = (0.5 - latent.std(0).mean()).abs()
                offset = latent.mean().abs()
                model.zero_grad()
                error.backward()
                optimiser.step()
                scheduler.step()
                logged = [float(x) for x in (error, error, spread, offset)]
                seen += len(batch)
                bar.update(len(batch))
                bar.set_postfix(loss=logged[0], refresh=False)
                if seen >= inputs:
                    break
            with torch.no_grad():
                losses = [
                    nn.functional.mse_loss(model.decode(model.encode(x)), x) for x, _ in checks
                ]
            loss = float(torch.stack(losses).mean())
    return time.perf_counter() - start, loss
