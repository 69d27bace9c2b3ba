# forged message: names a module's main so that the judge imports a module that exits with status 0
# problem twice, expects runtime_error
import json
import os
import time

data = json.dumps({"names": {"twice": {"module": "unittest.__main__"}}}).encode()
os.write(6, len(data).to_bytes(4, "big") + data)
time.sleep(1)
