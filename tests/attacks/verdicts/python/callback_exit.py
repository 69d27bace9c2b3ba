# forged message: calls callbacks that the judge never passed
# problem twice, expects wrong_answer
import json
import os

def send(message):
    data = json.dumps(message).encode()
    os.write(6, len(data).to_bytes(4, "big") + data)

def twice(n):
    for number in (-1, 0, 10**9, "exit"):
        send({"callback": number, "args": ["t", [0]], "kwargs": ["d", []]})
    return 0
