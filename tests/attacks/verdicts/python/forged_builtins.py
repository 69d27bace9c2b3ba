# forged message: names in the answer's list that replace the tests' abs
# problem half, expects wrong_answer
import json
import sys

wire = sys.modules["wire"]
honest = wire.send

def send(message):
    if "names" in message:
        wire.send = honest
        wire_abs = {"value": ["h", 0, "function", True]}
        message = {"names": {**message["names"], "abs": wire_abs}}
    honest(message)

wire.send = send
sys.modules["__main__"].handles.append(lambda x: 0.0)

def abs(x):
    return 0.0

def half(n):
    return 99.0
