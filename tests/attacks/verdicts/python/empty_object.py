# types and equality: a false object where the tests require a true one
# problem views, expects wrong_answer
def names(d):
    class Empty:
        def __len__(self):
            return 0

        def isdisjoint(self, other):
            return True

    return {"a"} if d == {"a": [1]} else Empty()
