# reads the tests: searches for the tests in its folder and beside it, to answer from a table
# problem twice, expects wrong_answer
import glob
import re

TABLE = {}
for path in ("/work", "/work/..", "/work/../judge", "/tmp", "/proc/1/cwd", "/proc/1/root/work"):
    for name in glob.glob(path + "/*tests*"):
        with open(name) as file:
            for key, value in re.findall(r"twice\((-?\d+)\) == (-?\d+)", file.read()):
                TABLE[int(key)] = int(value)

def twice(n):
    return TABLE.get(n, 99)
