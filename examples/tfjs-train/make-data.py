"""Writes digits.bin: scikit-learn's 1,797 handwritten digits, one row of 64 pixels (0 to 16) and the label each."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

digits = load_digits()
rows = np.concatenate([digits.data, digits.target[:, None]], axis=1).astype(np.uint8)
train, test = train_test_split(rows, test_size=450, stratify=digits.target, random_state=0)
Path(__file__).with_name("digits.bin").write_bytes(np.concatenate([train, test]).tobytes())
