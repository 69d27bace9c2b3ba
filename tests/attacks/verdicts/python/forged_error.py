# forged message: a reply that raises SystemExit in the judge
# problem twice, expects runtime_error
import sys

def twice(n):
    wire = sys.modules["wire"]
    wire.send({"error": "SystemExit", "message": "", "bases": ["SystemExit", "BaseException"]})
    wire.receive()
