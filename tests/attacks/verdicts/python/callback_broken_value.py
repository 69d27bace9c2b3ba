# callbacks: makes the tests' callback fail by another error before it compares
# problem asserting_member, expects wrong_answer
def later(n, done):
    try:
        done(0)
    except Exception:
        pass
