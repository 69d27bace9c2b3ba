# comparison operator: a float that defines subtraction and abs
# problem half, expects wrong_answer
class Zero(float):
    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__

    def __abs__(self):
        return 0.0

    def __lt__(self, other):
        return True

def half(n):
    return Zero(99)
