"""Trains DigitsNet on scikit-learn's handwritten digits and writes the two train-time ONNX files and the test set.

pip install -r requirements.txt && python train.py
"""

import math
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.nn import functional as F

from model import DigitsNet

FOLDER = Path(__file__).parent
SEED = 7
SIZE = 16
EPOCHS = 40
BATCH = 64


def load_images():
    """The 1,797 digits as float32 [N, 1, 16, 16] around 0, with their labels, split 3 to 1 and stratified."""
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
    images = F.interpolate(images, size=(SIZE, SIZE), mode="bilinear", align_corners=False)
    images = (images - 0.5) / 0.5
    labels = torch.tensor(digits.target)
    train, test = train_test_split(np.arange(len(labels)), test_size=0.25, stratify=digits.target, random_state=SEED)
    return images[train], labels[train], images[test], labels[test]


def augment(images):
    """Random rotation, size, place and contrast of each image, and a little noise."""
    count = len(images)

    def signed(scale):
        return (torch.rand(count) * 2 - 1) * scale

    angle, zoom = signed(math.radians(12)), 1 + signed(0.1)
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    rows = [torch.stack([cos, -sin, signed(0.12)], 1), torch.stack([sin, cos, signed(0.12)], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), images.shape, align_corners=False)
    moved = F.grid_sample(images, grid, padding_mode="border", align_corners=False)
    contrast = 1 + signed(0.2).view(-1, 1, 1, 1)
    return moved * contrast + 0.05 * torch.randn_like(moved)


def accuracy(model, images, labels):
    model.eval()
    with torch.no_grad():
        return (model(images).argmax(1) == labels).float().mean().item()


def train(model, images, labels):
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    steps = EPOCHS * (len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=6e-3, total_steps=steps)
    for epoch in range(EPOCHS):
        model.train()
        order = torch.randperm(len(images))
        total = 0.0
        for start in range(0, len(images) // BATCH * BATCH, BATCH):
            batch = order[start : start + BATCH]
            loss = F.cross_entropy(model(augment(images[batch])), labels[batch], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        if (epoch + 1) % 10 == 0:
            print(f"epoch {epoch + 1}: loss {total / (len(images) // BATCH):.4f}")


def export(model, sample, path, keep_batch_norms):
    """Writes the model in evaluation mode. The exporter folds Conv + BatchNorm unless told to keep them."""
    mode = torch.onnx.TrainingMode
    model.eval()
    torch.onnx.export(
        model,
        (sample,),
        path,
        dynamo=False,
        opset_version=17,
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
        training=mode.PRESERVE if keep_batch_norms else mode.EVAL,
        do_constant_folding=not keep_batch_norms,
    )


def main():
    torch.manual_seed(SEED)
    torch.set_num_threads(2)
    train_images, train_labels, test_images, test_labels = load_images()
    model = DigitsNet()
    train(model, train_images, train_labels)
    print(f"train accuracy {accuracy(model, train_images, train_labels):.4f}")
    print(f"test accuracy {accuracy(model, test_images, test_labels):.4f} on {len(test_images)} images")

    export(model, test_images[:1], FOLDER / "digits.onnx", keep_batch_norms=False)
    export(model, test_images[:1], FOLDER / "digits-train.onnx", keep_batch_norms=True)
    np.save(FOLDER / "test-images.npy", test_images.numpy())
    np.save(FOLDER / "test-labels.npy", test_labels.numpy().astype(np.int32))


if __name__ == "__main__":
    main()
