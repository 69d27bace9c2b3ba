# resource error: a value nested deeper than the judge can read
# problem twice, expects runtime_error
def twice(n):
    value = []
    for _ in range(100000):
        value = [value]
    return value
