# callbacks: makes the tests' callback end by an error of its own before it compares
# problem asserting_member, expects wrong_answer
def later(n, done):
    try:
        done(0)
    except Exception:
        pass
