# callbacks: swallows what unittest raises in the tests' callback
# problem unit_callback, expects wrong_answer
def later(n, done):
    try:
        done(0)
    except Exception:
        pass
