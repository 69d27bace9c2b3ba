# comparison operator: claims to be an int by __class__
# problem twice, expects runtime_error
class Liar:
    __class__ = int

    def __eq__(self, other):
        return True

    def __index__(self):
        return 4

def twice(n):
    return Liar()
