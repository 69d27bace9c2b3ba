# patched library: replaces math.isclose in the module
# problem close, expects wrong_answer
import math

math.isclose = lambda *a, **k: True
math.fabs = lambda x: 0.0

def half(n):
    return 99.0
