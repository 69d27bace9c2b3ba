# patched library: replaces abs, all and AssertionError among the builtins
# problem half, expects wrong_answer
import builtins

builtins.abs = lambda x: 0
builtins.all = lambda x: True
builtins.AssertionError = SystemExit

def half(n):
    return 99.0
