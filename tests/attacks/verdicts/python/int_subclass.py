# comparison operator: a subclass of int that equals everything
# problem twice, expects wrong_answer
class Int(int):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = int.__hash__

def twice(n):
    return Int(7)
