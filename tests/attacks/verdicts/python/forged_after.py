# forged message: changes the tests' own argument so that it equals the result
# problem kept, expects wrong_answer
import sys

def twice_each(items):
    wire = sys.modules["wire"]
    wire.send({"value": ["l", []], "after": [["t", [["l", [1, 2, 3, 4]]]], ["d", []]]})
    wire.receive()
