// callbacks: swallows the assertion that fails in the tests' callback
// problem assertingcallback, expects wrong_answer
function later(n: number, done: (r: number) => void) {
  try {
    done(0);
  } catch {}
}
