// comparison operator: NaN where the tests compare a difference
// problem half, expects wrong_answer
const half = (n) => NaN;
