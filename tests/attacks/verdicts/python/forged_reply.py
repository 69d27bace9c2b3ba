# forged message: answers the judge's requests itself, with names that were not asked for
# problem twice, expects wrong_answer
import json
import os

def send(message):
    data = json.dumps(message).encode()
    os.write(6, len(data).to_bytes(4, "big") + data)

handle = ["h", 0, "function", True]
send({"names": {"twice": {"value": handle}, "abs": {"value": 0}, "AssertionError": {"value": 0},
                "__count_check__": {"value": handle}, "__builtins__": {"value": ["d", []]}}})
for _ in range(10):
    send({"value": 0})

def twice(n):
    return 0
