# iterator: an endless iterator where the tests loop
# problem looped, expects runtime_error
def evens(n):
    while True:
        yield 2
