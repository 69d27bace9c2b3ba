# comparison operator: a list that defines equality, length and items
# problem double_all, expects wrong_answer
class Same(list):
    def __eq__(self, other):
        return True

    def __len__(self):
        return 3

    def __iter__(self):
        return iter([2, 4, 6])

def double_all(items):
    return Same()
