"""Converts many models with one converter, in one process: convert.py tool jobs.json. As convert.mjs does."""

import json
import sys

import onnx


def simplify(path):
    import onnxsim

    return onnxsim.simplify(path)[0]


def slim(path):
    import onnxslim

    return onnxslim.slim(path)


def optimize(path):
    import onnxoptimizer

    return onnxoptimizer.optimize(onnx.load(path))


TOOLS = {"onnxsim (pip)": simplify, "onnxslim": slim, "onnxoptimizer": optimize}

if __name__ == "__main__":
    tool, jobs = sys.argv[1:]
    with open(jobs) as file:
        todo = json.load(file)
    for job in todo:
        failure = None
        try:
            onnx.save(TOOLS[tool](job["input"]), job["output"])
        except Exception as error:  # any kind is a failure of the converter
            failure = f"{type(error).__name__}: {error}"[:300]
        print(json.dumps({"output": job["output"], "failure": failure}), file=sys.stderr, flush=True)
