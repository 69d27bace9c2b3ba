# forged message: names os._exit for the judge to call
# problem twice, expects runtime_error
import json
import os
import time

data = json.dumps({"names": {"twice": {"module": "os", "member": "_exit"}}}).encode()
os.write(6, len(data).to_bytes(4, "big") + data)
time.sleep(1)
