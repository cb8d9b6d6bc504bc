"""Counts what converted models left and compares their outputs: judge.py jobs.json. Prints a line of JSON for each.

Original and converted model both run in ONNX Runtime with its optimizations off, on the given input and, where that is
of floating point, on normal values and on negative ones. An output is wrong if it differs by more than 1e-3 of the
largest value of the original's, is NaN where that is not, has another shape or name, or cannot be computed.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

sys.path.append(str(Path(__file__).resolve().parents[2] / "packages" / "testing" / "fixtures"))
from linear_operators import count_linear_operators  # noqa: E402

TOLERANCE = 1e-3


def judge(job):
    reference = run_all(job["input"], inputs_of(job["array"]))
    result = {"output": job["output"]}
    try:
        result["left"] = sum(count_linear_operators(onnx.load(job["output"])).values())
        outputs = run_all(job["output"], inputs_of(job["array"]))
    except Exception as error:
        return {**result, "wrong": f"does not run: {error}"[:300]}
    error = max(difference(a, b) for a, b in zip(reference, outputs, strict=True))
    return {**result, "error": min(error, 1e9)} | ({"wrong": f"differs by {error:.1e}"} if error > TOLERANCE else {})


def inputs_of(path):
    array = np.load(path)
    if array.dtype.kind != "f":
        return [array]
    random = np.random.default_rng(0)
    normal = random.normal(size=array.shape)
    return [array, normal.astype(array.dtype), (-np.abs(normal) - 0.1).astype(array.dtype)]


def run_all(path, arrays):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_outputs()]
    (name,) = [value.name for value in session.get_inputs()]
    return [dict(zip(names, session.run(None, {name: array}), strict=True)) for array in arrays]


def difference(expected, found):
    if expected.keys() != found.keys():
        return float("inf")
    return max(difference_of(expected[name], found[name]) for name in expected)


def difference_of(expected, found):
    if expected.shape != found.shape or expected.dtype != found.dtype:
        return float("inf")
    if expected.dtype.kind != "f":
        return 0.0 if np.array_equal(expected, found) else float("inf")
    a, b = expected.astype(np.float64), found.astype(np.float64)
    if not np.array_equal(np.isnan(a), np.isnan(b)):
        return float("inf")
    both = np.isfinite(a) & np.isfinite(b)
    if not np.array_equal(a[~both], b[~both], equal_nan=True):
        return float("inf")
    distance = np.abs(a[both] - b[both]).max(initial=0)
    return float(distance / (np.abs(a[both]).max(initial=0) or 1))


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        todo = json.load(file)
    for job in todo:
        print(json.dumps(judge(job)), file=sys.stderr, flush=True)
