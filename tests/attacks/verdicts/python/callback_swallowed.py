# callbacks: swallows the assertion that fails in the tests' callback
# problem asserting_callback, expects wrong_answer
def later(n, done):
    try:
        done(0)
    except Exception:
        pass
