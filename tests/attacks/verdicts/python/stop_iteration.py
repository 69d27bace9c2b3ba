# exception: StopIteration ends a map() that the tests consume
# problem mapped, expects runtime_error
def twice(n):
    raise StopIteration
