# early exit: raises SystemExit(0) inside the call
# problem twice, expects runtime_error
def twice(n):
    raise SystemExit(0)
