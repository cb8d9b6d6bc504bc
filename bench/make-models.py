"""Makes full-size models: each at train time, with its branches, and as its authors deploy it, into bench/models/.

    pip install -r requirements.txt
    python make-models.py                       # all, about three minutes
    python make-models.py repvgg-a0 fastvit-t8  # some

The networks are timm's, at batch 1 and 224x224, and transformers' SegFormers, at 512x512, through the tracing exporter. The weights are random from a seed. The
statistics of the batch norms are measured on a random batch and then moved, so that activations neither vanish nor
explode, and no batch norm is neutral.
"""

import sys
from pathlib import Path

import timm
import torch
from timm.utils.model import reparameterize_model
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from transformers import SegformerConfig, SegformerForSemanticSegmentation

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "packages" / "testing" / "fixtures"))
from export import export_torchscript  # noqa: E402
from randomize import randomize  # noqa: E402

OUT = HERE / "models"
SHAPE = (1, 3, 224, 224)
MODELS = {
    "repvgg-a0": "repvgg_a0",
    "repvgg-b1": "repvgg_b1",
    "mobileone-s0": "mobileone_s0",
    "mobileone-s1": "mobileone_s1",
    "fastvit-t8": "fastvit_t8",
    "repvit-m0.9": "repvit_m0_9",
}


def make(name: str):
    model = randomize(timm.create_model(MODELS[name]), seed=0)
    calibrate(model)
    sample = torch.randn(SHAPE)
    with torch.no_grad():
        expected = model(sample)
        export_torchscript(model, sample, OUT / f"{name}.train.onnx")
        deploy = reparameterize_model(model)
        error = (deploy(sample) - expected).abs().max() / expected.abs().max()
        export_torchscript(deploy, sample, OUT / f"{name}.author.onnx")
    size = (OUT / f"{name}.train.onnx").stat().st_size
    print(f"{name}: {size / 2**20:.1f} MiB, deploy form differs by {error:.1e} of the largest output", flush=True)


class Segformer(nn.Module):
    """The network with its head, whose output is the map of logits; with the widths and depths of B0 or B2."""

    def __init__(self, **config):
        super().__init__()
        self.model = SegformerForSemanticSegmentation(SegformerConfig(num_labels=150, **config))

    def forward(self, image):
        return self.model(image).logits


SEGFORMERS = {
    "segformer-b0": {"decoder_hidden_size": 256},
    "segformer-b2": {"hidden_sizes": [64, 128, 320, 512], "depths": [3, 4, 6, 3], "decoder_hidden_size": 768},
}


def make_segformer(name: str):
    model = randomize(Segformer(**SEGFORMERS[name]), seed=0).eval()
    with torch.no_grad():
        export_torchscript(model, torch.randn(1, 3, 512, 512), OUT / f"{name}.train.onnx")
    print(name, flush=True)


def calibrate(model: nn.Module):
    """Gives each batch norm the statistics of a random batch, moved a little: mean by 0.2 deviations, variance by half."""
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    model.train()
    for norm in norms:
        norm.momentum = 1
    with torch.no_grad():
        model(torch.randn(4, *SHAPE[1:]))
        for norm in norms:
            norm.running_mean += 0.2 * norm.running_var.sqrt() * torch.randn_like(norm.running_mean)
            norm.running_var *= torch.empty_like(norm.running_var).uniform_(0.5, 1.5)
    model.eval()


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for name in sys.argv[1:] or [*MODELS, *SEGFORMERS]:
        (make if name in MODELS else make_segformer)(name)
