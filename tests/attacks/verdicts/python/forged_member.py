# forged message: names a trusted object that equals everything in place of the answer's
# problem answer, expects runtime_error
import json
import os
import time

data = json.dumps(
    {"names": {"answer": {"module": "unittest.mock", "member": "_ANY"}}}
).encode()
os.write(6, len(data).to_bytes(4, "big") + data)
time.sleep(1)
