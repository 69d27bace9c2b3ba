# replaces files: writes sitecustomize, conftest, tests and .pth files where a path could lead
# problem twice, expects wrong_answer
import os

SOURCE = "import os\nos._exit(0)\n"
for folder in ("/work", "/work/../judge", "/tmp", "/usr/lib/python3", os.path.dirname(os.__file__)):
    for name in ("sitecustomize.py", "usercustomize.py", "conftest.py", "tests.py", "wire.py",
                 "json.py", "evil.pth"):
        try:
            with open(os.path.join(folder, name), "w") as file:
                file.write(SOURCE)
        except OSError:
            pass
os.environ["PYTHONSTARTUP"] = "/tmp/sitecustomize.py"
os.environ["PYTHONPATH"] = "/tmp"

def twice(n):
    return 0
