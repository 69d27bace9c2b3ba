# callbacks: gives the tests' callback a value that raises before it is compared
# problem asserting_member, expects wrong_answer
class Box:
    @property
    def value(self):
        raise AssertionError


def later(n, done):
    try:
        done(Box())
    except Exception:
        pass
