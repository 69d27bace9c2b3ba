# forged message: calls back without end instead of answering
# problem callback, expects timeout
import sys

def apply(function, n):
    wire = sys.modules["wire"]
    while True:
        function(n)
