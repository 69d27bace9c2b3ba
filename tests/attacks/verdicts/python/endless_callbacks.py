# forged message: calls back for ever instead of answering
# problem callback, expects timeout
import sys

def apply(function, n):
    wire = sys.modules["wire"]
    while True:
        function(n)
